/*
 * The static step program. It speaks the protocol of ../src/row/row.sh, with the same files and frames, in images that have no shell
 * too, and is process 1 of a job's container.
 *
 *   fmg-step init                             process 1: reaps, survives kill -9 -1, ends at once on TERM
 *   fmg-step attach FILE follow ...           follow; ends the follower that wrote FILE before
 *   fmg-step follow ok|fail ID:OFFSET|ID:bg ...   starts if need be; sends frames from the offsets on
 *   fmg-step run    ok|fail ID|ID:bg ...      the runner, detached by follow: does what is still to do
 *   fmg-step kill|cancel GRACE ID ...         ends running steps (TERM, then KILL); cancel: skips the rest too
 *   fmg-step late GRACE SIZE ID               ends the try that was silent since the step's log had that size
 *   fmg-step mark FILE VERB ...               leaves an empty file in the volume, then does VERB
 *   fmg-step home|give|why|ports ...          what set-up, a bad exit code and services ask (ask.c)
 *   fmg-step forward PORT OURS BUNDLE         carries the connections to a port over stdin and stdout (forward.c)
 *   fmg-step subst [TEXT ...]                 puts variables into a text (subst.c)
 *   fmg-step look DIRECTORY [target|enter ...] what a step of the runner asks before it begins (ask.c)
 */
#include "fmg-step.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static int init(void) {
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_BLOCK, &set, NULL);
  for (;;) {
    int signal = sigwaitinfo(&set, NULL);
    if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT) return 0;
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
}

static int perform(int count, char **args);

static int mark(int count, char **args) {
  char path[PATH_SIZE];
  snprintf(path, sizeof path, ROOT "/%s", args[0]);
  touch(path);
  return perform(count - 1, args + 1);
}

/* Who is asking, whether the job was halted, and the job's directory; then the question itself, from there. */
static int look(int count, char **args) {
  if (!ask_look(args)) return 0;
  fflush(stdout);
  return count > 1 ? perform(count - 1, args + 1) : 0;
}

static bool is_ok(const char *word) { return strcmp(word, "ok") == 0; }

/* ARGS: the verb and what follows, ended by NULL. */
static int perform(int count, char **args) {
  const char *verb = count > 0 ? args[0] : "";
  bool has_one = count > 1;
  if (strcmp(verb, "init") == 0) return init();
  if (strcmp(verb, "mark") == 0 && has_one) return mark(count - 1, args + 1);
  if (strcmp(verb, "attach") == 0 && count > 4) return attach(args + 1);
  if (strcmp(verb, "follow") == 0 && has_one) return follow(is_ok(args[1]), args + 2);
  if (strcmp(verb, "run") == 0 && has_one) return run_row(is_ok(args[1]), args + 2);
  if (strcmp(verb, "kill") == 0 && has_one) return stop(args[1], args + 2);
  if (strcmp(verb, "late") == 0 && count > 3) return stop_late(args[1], args[2], args[3]);
  if (strcmp(verb, "cancel") == 0 && has_one) return cancel(args[1], args + 2);
  if (strcmp(verb, "home") == 0 && has_one) return ask_home(args + 1);
  if (strcmp(verb, "give") == 0 && count > 4) return give_directory(args + 1);
  if (strcmp(verb, "look") == 0 && has_one) return look(count - 1, args + 1);
  if (strcmp(verb, "enter") == 0 && has_one) return ask_enter(args + 1);
  if (strcmp(verb, "target") == 0 && count > 2) return ask_target(args + 1);
  if (strcmp(verb, "why") == 0 && has_one) return ask_why(args + 1);
  if (strcmp(verb, "ports") == 0) return ask_ports();
  if (strcmp(verb, "subst") == 0) return subst(count - 1, args + 1);
  if (strcmp(verb, "forward") == 0 && count > 3) return forward(args + 1);
  fprintf(stderr, "fmg-step: no such command: %s\n", verb);
  return 2;
}

int main(int count, char **args) { return perform(count - 1, args + 1); }
