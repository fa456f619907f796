/*
 * Carries out one step. Its folder has `plan`, pairs of a key and a value, each ended by a NUL:
 *   cd DIRECTORY      of the job, made at need          in DIRECTORY      of the step, from there
 *   path FOLDER       stands first in PATH              env NAME=VALUE    in order
 *   try PROGRAM       the first that is there is run, with the script as its last argument
 *   arg WORD          an argument of the last `try`
 *   terminal yes      its output is a terminal
 */
#include "fmg-step.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct plan {
  char *bytes;
  size_t size;
};

static bool read_plan(const char *id, struct plan *plan) {
  char path[PATH_SIZE];
  struct stat facts;
  if (stat(in_step(path, id, "plan"), &facts) != 0) return false;
  plan->bytes = calloc(1, (size_t)facts.st_size + 2);
  if (plan->bytes == NULL) return false;
  ssize_t size = read_text(path, plan->bytes, (size_t)facts.st_size + 1);
  plan->size = size < 0 ? 0 : (size_t)size;
  return size >= 0;
}

/* Sets the key and value at that place and returns the next place; NULL at the end. */
static char *next_pair(const struct plan *plan, char *at, char **key, char **value) {
  char *end = plan->bytes + plan->size;
  if (at >= end) return NULL;
  *key = at;
  *value = at + strlen(at) + 1;
  return *value >= end ? NULL : *value + strlen(*value) + 1;
}

static _Noreturn void give_up(int code, const char *what, const char *why) {
  dprintf(STDERR_FILENO, "%s: %s\n", what, why);
  _exit(code);
}

static void go_to(const char *directory, bool make) {
  char path[PATH_SIZE];
  expand(path, directory, make);
  if (chdir(path) == 0 || (make && make_directories(path) && chdir(path) == 0)) return;
  give_up(1, path, strerror(errno));
}

static void put_first_in_path(const char *folder) {
  char *path;
  const char *before = getenv("PATH");
  if (asprintf(&path, "%s:%s", folder, before == NULL ? "" : before) >= 0) setenv("PATH", path, 1);
}

/* The step's program in ARGS, from the first `try` whose file is there; false when none is. */
static bool choose_program(const struct plan *plan, char **args) {
  char *key, *value;
  size_t count = 0;
  bool is_chosen = false;
  for (char *at = plan->bytes; (at = next_pair(plan, at, &key, &value)) != NULL;) {
    if (strcmp(key, "try") == 0) {
      if (is_chosen) break;
      /* One that PATH must find is tried by running it. */
      is_chosen = value[0] != '/' || access(value, X_OK) == 0;
      if (is_chosen) args[count++] = value;
    } else if (strcmp(key, "arg") == 0 && is_chosen) args[count++] = value;
  }
  args[count] = NULL;
  return is_chosen;
}

static _Noreturn void tell_missing(const struct plan *plan) {
  char *key, *value;
  const char *before = "shell not found: the image has no ";
  for (char *at = plan->bytes; (at = next_pair(plan, at, &key, &value)) != NULL;) {
    if (strcmp(key, "try") != 0) continue;
    dprintf(STDERR_FILENO, "%s%s", before, value);
    before = " and no ";
  }
  dprintf(STDERR_FILENO, ". Give the step a `shell:` that the image has, as `shell: /app/tool`, or take an image with a shell.\n");
  _exit(127);
}

static _Noreturn void become_shell(const struct plan *plan, const char *script) {
  char **args = calloc(plan->size + 3, sizeof *args);
  if (args == NULL) give_up(126, "shell", strerror(errno));
  if (!choose_program(plan, args)) tell_missing(plan);
  size_t count = 0;
  while (args[count] != NULL) count++;
  args[count] = (char *)script;
  execvp(args[0], args);
  if (errno == ENOENT) tell_missing(plan);
  give_up(126, args[0], strerror(errno));
}

static _Noreturn void perform_plan(const char *id, const struct plan *plan) {
  char script[PATH_SIZE], mark[256], *key, *value;
  for (char *at = plan->bytes; (at = next_pair(plan, at, &key, &value)) != NULL;) {
    if (strcmp(key, "cd") == 0) go_to(value, true);
    else if (strcmp(key, "in") == 0) go_to(value, false);
    else if (strcmp(key, "path") == 0) put_first_in_path(value);
    else if (strcmp(key, "env") == 0) putenv(value);
  }
  snprintf(mark, sizeof mark, "/%s/", id);
  setenv("FMG_STEP", mark, 1);
  snprintf(mark, sizeof mark, "/%s/%lld/", id, present_try(id));
  setenv("FMG_TRY", mark, 1);
  become_shell(plan, in_step(script, id, "script"));
}

/* No input: a command that asks a question gets no answer instead of waiting for one. */
static void set_streams(int log) {
  int nothing = open("/dev/null", O_RDWR);
  dup2(nothing, STDIN_FILENO);
  if (log >= 0) {
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
  }
  if (nothing > 2) close(nothing);
}

static int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

static bool wants_terminal(const struct plan *plan) {
  char *key, *value;
  for (char *at = plan->bytes; (at = next_pair(plan, at, &key, &value)) != NULL;)
    if (strcmp(key, "terminal") == 0) return true;
  return false;
}

int carry_out(const char *id, int log) {
  struct plan plan = {NULL, 0};
  pid_t pumping = 0;
  if (!read_plan(id, &plan)) {
    dprintf(log, "the plan of this step is not there any more\n");
    return 127;
  }
  int terminal = wants_terminal(&plan) ? open_terminal(log, &pumping) : -1;
  pid_t child;
  /* What a step before left running may hold all processes that the container may have, and be about to end. */
  for (int tries = 0; (child = fork()) < 0 && tries < 20; tries++) nap(100);
  if (child < 0) {
    dprintf(log, "the step could not be started: %s\n", strerror(errno));
    free(plan.bytes);
    if (terminal >= 0) close(terminal);
    return 126;
  }
  if (child == 0) {
    setsid();
    set_streams(terminal >= 0 ? terminal : log);
    perform_plan(id, &plan);
  }
  free(plan.bytes);
  if (terminal >= 0) close(terminal);
  int status = wait_for(child);
  if (pumping > 0) drain_terminal(pumping);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
