/* The runner: walks the list of a row and does what is still to do. It is crash-only: started twice it does nothing twice. */
#include "fmg-step.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

void spawn_runner(bool ok, char *const ids[], size_t count) {
  char **args = calloc(count + 4, sizeof *args);
  if (args == NULL) return;
  args[0] = "fmg-step";
  args[1] = "run";
  args[2] = ok ? "ok" : "fail";
  memcpy(args + 3, ids, count * sizeof *ids);
  pid_t child = fork();
  if (child == 0) {
    if (fork() != 0) _exit(0);
    setsid();
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
    if (nothing > 2) close(nothing);
    /* Not by its path, which the job may have removed. */
    execv("/proc/self/exe", args);
    _exit(127);
  }
  free(args);
  if (child > 0) waitpid(child, NULL, 0);
}

static bool is_due(const char *id, bool ok) {
  char path[PATH_SIZE], when[16] = "";
  if (exists(ROOT "/cancel") || exists(ROOT "/halt")) return false;
  read_text(in_step(path, id, "when"), when, sizeof when);
  if (strncmp(when, "always", 6) == 0) return true;
  return strncmp(when, "on_fail", 7) == 0 ? !ok : ok;
}

/* -1 where the step removed its folder: what it says then is lost. */
static int open_log(const char *id) {
  char path[PATH_SIZE];
  return open(in_step(path, id, "log"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
}

static void end_step(const char *id, const struct state *running, const char *code, int log) {
  char name[128], now[FIELD_SIZE], path[PATH_SIZE];
  struct stat facts = {0};
  /* Whoever sees the state finds the whole log, after a loss of power too. */
  if (log >= 0 && fstat(log, &facts) == 0 && facts.st_size > 0) fdatasync(log);
  uptime(now);
  snprintf(name, sizeof name, "@exit,%s,%lld,%s,%s", code, (long long)facts.st_size, running->field[2], now);
  if (move_state(id, running, name)) return;
  make_directories(in_step(path, id, ""));
  snprintf(name, sizeof name, "@exit,gone,0,0,%s", now);
  touch(in_step(path, id, name));
}

static void run_step(const char *id, const struct process *self) {
  char now[FIELD_SIZE], code[FIELD_SIZE];
  struct state todo = {.name = "@todo"}, running = {.kind = RUN};
  uptime(now);
  snprintf(running.name, sizeof running.name, "@run,%d,%llu,%s", self->pid, self->born, now);
  strcpy(running.field[2], now);
  /* The claim: one rename, one winner. */
  if (!move_state(id, &todo, running.name)) return;
  int log = open_log(id);
  snprintf(code, sizeof code, "%d", run_tries(id, log));
  end_step(id, &running, code, log);
  if (log >= 0) close(log);
}

/* Its runner was killed, and did not say whether the command ended. */
static void bury(const char *id, const struct state *running) {
  struct state now = read_state(id);
  if (strcmp(now.name, running->name) != 0) return;
  signal_step(id, running->field[0], SIGKILL);
  int log = open_log(id);
  end_step(id, running, "killed", log);
  if (log >= 0) close(log);
}

static void start_background(const char *id, bool ok) {
  char *ids[] = {(char *)id};
  spawn_runner(ok, ids, 1);
  for (int tries = 0; tries < 2000 && read_state(id).kind == TODO; tries++) nap(1);
}

/* Returns when the step needs nothing more; false ends this runner, for another has the row. */
static bool settle(const char *id, bool is_background, bool *ok, const struct process *self) {
  for (;;) {
    struct state state = read_state(id);
    switch (state.kind) {
      case SKIP:
        return true;
      case EXIT:
        if (!is_background && strcmp(state.field[0], "0") != 0) *ok = false;
        return true;
      case GONE:
        if (!is_background) *ok = false;
        return true;
      case RUN:
        if (is_background) return true;
        if (is_alive(state.field[0], state.field[1])) return false;
        bury(id, &state);
        break;
      case TODO:
        if (!is_due(id, *ok)) move_state(id, &state, "@skip");
        else if (is_background) {
          start_background(id, *ok);
          return true;
        } else run_step(id, self);
        break;
    }
  }
}

int run_row(bool ok, char **ids) {
  struct process self;
  if (!look_at(getpid(), &self)) return 1;
  for (; *ids != NULL; ids++) {
    char *suffix = strstr(*ids, ":bg");
    if (suffix != NULL) *suffix = '\0';
    if (!settle(*ids, suffix != NULL, &ok, &self)) return 0;
  }
  return 0;
}
