/* Ends steps: TERM, and after the grace KILL. */
#include "fmg-step.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct list {
  struct member {
    struct process process;
    bool is_ours;
  } *members;
  size_t count;
};

/* Whether the environment that a process was started with has that variable; read piece by piece, for it may be megabytes. */
static bool carries(pid_t pid, const char *variable) {
  char path[64], bytes[8192];
  size_t length = strlen(variable) + 1, matched = 0; /* with its NUL */
  bool is_candidate = true, found = false;
  snprintf(path, sizeof path, "/proc/%d/environ", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  for (ssize_t count; !found && (count = read(fd, bytes, sizeof bytes)) > 0;) {
    for (ssize_t at = 0; at < count && !found; at++) {
      is_candidate = is_candidate && bytes[at] == variable[matched];
      matched = is_candidate ? matched + 1 : 0;
      found = matched == length;
      if (bytes[at] != '\0') continue;
      is_candidate = true;
      matched = 0;
    }
  }
  close(fd);
  return found;
}

static struct list list_processes(void) {
  struct list list = {NULL, 0};
  size_t room = 0;
  DIR *proc = opendir("/proc");
  if (proc == NULL) return list;
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
    pid_t pid = atoi(entry->d_name);
    struct process process;
    if (pid <= 1 || pid == getpid() || !look_at(pid, &process)) continue;
    if (list.count == room) {
      room = room == 0 ? 256 : room * 2;
      struct member *grown = realloc(list.members, room * sizeof *grown);
      if (grown == NULL) break;
      list.members = grown;
    }
    list.members[list.count++] = (struct member){process, false};
  }
  closedir(proc);
  return list;
}

/* A child of one of ours, or of the session of one of ours; the runner's own session holds more than this step. */
static bool belongs(const struct list *list, const struct process *process, pid_t runner) {
  if (process->pid == runner) return false;
  for (size_t at = 0; at < list->count; at++) {
    const struct member *other = &list->members[at];
    if (!other->is_ours) continue;
    if (process->parent == other->process.pid) return true;
    pid_t session = other->process.session;
    /* 0: its leader is outside of the container. */
    if (session > 0 && session != runner && process->session == session) return true;
  }
  return false;
}

static size_t signal_marked(const char *variable, const char *runner, int signal) {
  struct list list = list_processes();
  size_t reached = 0;
  for (size_t at = 0; at < list.count; at++) list.members[at].is_ours = carries(list.members[at].process.pid, variable);
  for (bool grew = true; grew;) {
    grew = false;
    for (size_t at = 0; at < list.count; at++) {
      struct member *member = &list.members[at];
      if (member->is_ours || !belongs(&list, &member->process, atoi(runner))) continue;
      member->is_ours = grew = true;
    }
  }
  /* What is another user's is not ours to count: whoever is root ends it. */
  for (size_t at = 0; at < list.count; at++)
    if (list.members[at].is_ours && kill(list.members[at].process.pid, signal) == 0) reached++;
  free(list.members);
  return reached;
}

size_t signal_step(const char *id, const char *runner, int signal) {
  char variable[256];
  snprintf(variable, sizeof variable, "FMG_STEP=/%s/", id);
  return signal_marked(variable, runner, signal);
}

enum { AFTER_KILL = 20 };

/* A step, or the present try of one, that is being ended. What outlives its command has a second. */
struct target {
  const char *id;
  long long try; /* -1: all of the step */
  char variable[256]; /* that its processes carry: those of the next try have another */
  char runner[FIELD_SIZE];
  bool was_running;
  double ended_at;
};

/* Whether anything of it is left; signals it as far as its time has come. */
static bool press(struct target *target, bool is_first, double deadline) {
  if (!target->was_running) return false;
  double now = monotonic();
  bool is_going_on = read_state(target->id).kind == RUN;
  bool is_running = is_going_on && (target->try < 0 || present_try(target->id) == target->try);
  if (!is_running && target->ended_at == 0) target->ended_at = now;
  bool is_late = now >= deadline || (!is_running && now >= target->ended_at + 1);
  size_t left = signal_marked(target->variable, target->runner, is_late ? SIGKILL : is_first ? SIGTERM : 0);
  return is_running || left > 0;
}

static int stop_try(const char *grace, char **ids, long long try) {
  size_t count = 0;
  while (ids[count] != NULL) count++;
  struct target *targets = calloc(count + 1, sizeof *targets);
  if (targets == NULL) return 1;
  for (size_t at = 0; at < count; at++) {
    struct state state = read_state(ids[at]);
    targets[at].id = ids[at];
    targets[at].try = try;
    char *variable = targets[at].variable;
    if (try < 0) snprintf(variable, sizeof targets[at].variable, "FMG_STEP=/%s/", ids[at]);
    else snprintf(variable, sizeof targets[at].variable, "FMG_TRY=/%s/%lld/", ids[at], try);
    targets[at].was_running = state.kind == RUN;
    strcpy(targets[at].runner, state.kind == RUN ? state.field[0] : "0");
  }
  double deadline = monotonic() + atoi(grace);
  for (bool is_first = true;; is_first = false) {
    bool is_busy = false;
    for (size_t at = 0; at < count; at++) is_busy |= press(&targets[at], is_first, deadline);
    if (!is_busy || monotonic() > deadline + AFTER_KILL) break;
    nap(is_first ? 10 : 100);
  }
  free(targets);
  return 0;
}

int stop(const char *grace, char **ids) { return stop_try(grace, ids, -1); }

int stop_late(const char *grace, const char *size, char *id) {
  char path[PATH_SIZE], *ids[] = {id, NULL};
  long long try = present_try(id);
  /* What the silent try was is over: what it said last had not arrived. */
  if (atoll(size) < try) return 0;
  touch(late_mark(path, id, try));
  return stop_try(grace, ids, try);
}

int cancel(const char *grace, char **ids) {
  touch(ROOT "/cancel");
  stop(grace, ids);
  /* The marker is there: what has not begun is left out, and what another runner began meanwhile is ended. */
  run_row(false, ids);
  return stop("0", ids);
}
