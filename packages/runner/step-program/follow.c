/* The follower: tells a row's states and output as frames on stdout, and sees to it that somebody works on the row. */
#include "fmg-step.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_SIZE = 256 * 1024, HEADER_SIZE = 128 };

/* One buffer for all output: a header, and behind it what it announces. */
static char buffer[HEADER_SIZE + CHUNK_SIZE];

struct row {
  bool ok;
  char **ids; /* as the runner takes them */
  size_t count;
  char owner[2][FIELD_SIZE]; /* pid and birth of who works on it */
  int tries;                 /* looks since nobody did */
};

struct step {
  const char *id;
  bool is_background;
  long long offset;
  int log, watch;
  int idle; /* looks since the last output */
  bool has_begun;
};

static void say(const char *form, ...) {
  char line[512];
  va_list args;
  va_start(args, form);
  int length = vsnprintf(line, sizeof line, form, args);
  va_end(args);
  /* Nobody listens any more. */
  if (!write_all(STDOUT_FILENO, line, (size_t)length)) exit(1);
}

/* Sends the log up to that byte. A header tells what was read, not what should be there: a step may cut its log. */
static void send_log(struct step *step, long long end) {
  while (step->log >= 0 && step->offset < end) {
    size_t wanted = end - step->offset < CHUNK_SIZE ? (size_t)(end - step->offset) : CHUNK_SIZE;
    ssize_t count = pread(step->log, buffer + HEADER_SIZE, wanted, step->offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    char header[HEADER_SIZE];
    int length = snprintf(header, sizeof header, "FMG data %.64s %lld %zd\n", step->id, step->offset, count);
    char *start = buffer + HEADER_SIZE - length;
    memcpy(start, header, (size_t)length);
    if (!write_all(STDOUT_FILENO, start, (size_t)(length + count))) exit(1);
    step->offset += count;
    step->idle = 0;
  }
}

static long long size_of(int fd) {
  struct stat facts;
  return fd >= 0 && fstat(fd, &facts) == 0 ? facts.st_size : 0;
}

static void note_owner(struct row *row, const struct state *state) {
  if (strcmp(row->owner[0], state->field[0]) != 0 || strcmp(row->owner[1], state->field[1]) != 0) row->tries = 0;
  memcpy(row->owner, state->field, sizeof row->owner);
}

/* Tells what is new; true when there is nothing more to tell of this step. */
static bool tell(struct row *row, struct step *step) {
  struct state state = read_state(step->id); /* before the log: `exit` means that it is complete */
  if ((state.kind == RUN || state.kind == EXIT) && !step->has_begun) {
    say("FMG start %s %s\n", step->id, state.field[2]);
    step->has_begun = true;
  }
  if (step->is_background && (state.kind == RUN || state.kind == EXIT)) return true;
  switch (state.kind) {
    case SKIP:
      say("FMG skip %s\n", step->id);
      return true;
    case EXIT:
      send_log(step, atoll(state.field[1]));
      say("FMG exit %s %s %s %s %s\n", step->id, state.field[0], state.field[1], state.field[2], state.field[3]);
      return true;
    case RUN:
      note_owner(row, &state);
      send_log(step, size_of(step->log));
      return false;
    case GONE:
      if (row->tries <= 9) return false;
      say("FMG exit %s gone 0 0 0\n", step->id);
      return true;
    case TODO:
      return false;
  }
  return false;
}

/* Starts the row, or takes it over, where nobody works on it. False: for the better part of a minute nobody could be started. */
static bool ensure_owner(struct row *row) {
  if (row->owner[0][0] != '\0' && is_alive(row->owner[0], row->owner[1])) {
    row->tries = 0;
    return true;
  }
  if (row->tries++ % 50 == 0) spawn_runner(row->ok, row->ids, row->count);
  return row->tries <= 300;
}

/* Until something happens in the step's folder; at most a while that grows with the silence. */
static void await_change(struct step *step) {
  int longest = step->idle < 20 ? 10 : step->idle < 60 ? 50 : 200;
  step->idle++;
  if (step->watch < 0) {
    nap(longest);
    return;
  }
  struct pollfd change = {.fd = step->watch, .events = POLLIN};
  if (poll(&change, 1, longest) <= 0) return;
  char events[4096];
  while (read(step->watch, events, sizeof events) > 0) continue;
  /* Whoever writes line by line is not to cost a frame for each. */
  nap(1);
}

static struct step open_step(char *item) {
  char path[PATH_SIZE];
  struct step step = {.id = item};
  char *offset = strrchr(item, ':');
  if (offset != NULL) {
    *offset++ = '\0';
    step.is_background = strcmp(offset, "bg") == 0;
    step.offset = atoll(offset);
  }
  step.log = open(in_step(path, step.id, "log"), O_RDONLY | O_CLOEXEC);
  step.watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  in_step(path, step.id, "");
  if (step.watch >= 0 && inotify_add_watch(step.watch, path, IN_MODIFY | IN_MOVED_TO | IN_CREATE) < 0) {
    close(step.watch);
    step.watch = -1;
  }
  return step;
}

static bool follow_step(struct row *row, char *item) {
  struct step step = open_step(item);
  bool has_owner = true;
  while (!tell(row, &step) && (has_owner = ensure_owner(row))) await_change(&step);
  if (!has_owner) say("FMG lost %s\n", step.id);
  if (row->tries > 1) row->tries = 1;
  if (step.log >= 0) close(step.log);
  if (step.watch >= 0) close(step.watch);
  return has_owner;
}

/* `ID:OFFSET` without its offset, `ID:bg` as it is. */
static char *for_runner(const char *item) {
  char *id = strdup(item);
  char *offset = id == NULL ? NULL : strrchr(id, ':');
  if (offset != NULL && strcmp(offset, ":bg") != 0) *offset = '\0';
  return id;
}

int follow(bool ok, char **items) {
  struct row row = {.ok = ok};
  while (items[row.count] != NULL) row.count++;
  row.ids = calloc(row.count + 1, sizeof *row.ids);
  if (row.ids == NULL) return 1;
  for (size_t at = 0; at < row.count; at++) row.ids[at] = for_runner(items[at]);
  for (; *items != NULL; items++)
    if (!follow_step(&row, *items)) return 1;
  say("FMG end\n");
  return 0;
}

/* ARGS: FILE "follow" ok|fail ITEM... One follower per file, however many owners of the job came and went. */
int attach(char **args) {
  char text[64], pid[FIELD_SIZE], born[FIELD_SIZE];
  const char *file = args[0];
  if (read_text(file, text, sizeof text) > 0 && sscanf(text, "%23s %23s", pid, born) == 2 && is_alive(pid, born))
    kill(atoi(pid), SIGTERM);
  struct process self;
  if (look_at(getpid(), &self) && touch(file)) {
    int fd = open(file, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
    int length = snprintf(text, sizeof text, "%d %llu\n", self.pid, self.born);
    write_all(fd, text, (size_t)length);
    close(fd);
  }
  return follow(strcmp(args[2], "ok") == 0, args + 3);
}
