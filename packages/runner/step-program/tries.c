/*
 * The tries of a step. They are counted here, in the container: so they need nobody who watches, and whoever takes the attempt
 * over repeats no try that was made. (R-RUN-7) What stands in the step's folder:
 *   reruns          MOST PAUSE EVERY LIMIT: how often it may run again, after how many seconds, how often the waiting says
 *                   something, and how long it may be silent, in words
 *   try             how long the log was when this try began; absent: the first; BETWEEN: none is under way
 *   timed-out.TRY   that try was silent for too long
 */
#include "fmg-step.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

struct reruns {
  int most, pause, every;
  char limit[32];
};

/* Who ends a late try, as its user or as root, has this long before the next begins beside what is left. */
enum { CLEARING_MS = 2000 };
/* No log is so long: whatever was silent is over. */
static const long long BETWEEN = 999999999999999999;

static struct reruns read_reruns(const char *id) {
  char path[PATH_SIZE], text[128] = "";
  struct reruns reruns = {0, 0, 1, ""};
  read_text(in_step(path, id, "reruns"), text, sizeof text);
  if (sscanf(text, "%d %d %d %31s", &reruns.most, &reruns.pause, &reruns.every, reruns.limit) != 4) reruns.most = 0;
  if (reruns.every < 1) reruns.every = 1;
  return reruns;
}

long long present_try(const char *id) {
  char path[PATH_SIZE], text[32] = "";
  struct stat facts;
  /* The step may have put anything there. */
  if (lstat(in_step(path, id, "try"), &facts) != 0 || !S_ISREG(facts.st_mode)) return 0;
  read_text(path, text, sizeof text);
  return atoll(text);
}

char *late_mark(char path[PATH_SIZE], const char *id, long long try) {
  char name[64];
  snprintf(name, sizeof name, "timed-out.%lld", try);
  return in_step(path, id, name);
}

static void note_try(const char *id, long long try) {
  char path[PATH_SIZE], text[32];
  int fd = open(in_step(path, id, "try"), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return;
  write_all(fd, text, (size_t)snprintf(text, sizeof text, "%lld\n", try));
  close(fd);
}

static void begin_try(const char *id, int log) {
  struct stat facts = {0};
  if (log >= 0 && fstat(log, &facts) == 0) note_try(id, (long long)facts.st_size);
}

static bool is_canceled(void) { return exists(ROOT "/cancel"); }

/* False where the job was canceled meanwhile. */
static bool wait_seconds(int seconds) {
  for (int tenths = seconds * 10; tenths > 0 && !is_canceled(); tenths--) nap(100);
  return !is_canceled();
}

/* The waiting itself says something before it would count as silence. */
static bool await_rerun(const struct reruns *reruns, int number, int log) {
  for (int left = reruns->pause; left > 0;) {
    int part = left < reruns->every ? left : reruns->every;
    dprintf(log, "Rerun %d of %d begins in %d s.\n", number, reruns->most, left);
    if (!wait_seconds(part)) return false;
    left -= part;
  }
  return !is_canceled();
}

static void clear_up(const char *id, const char *limit, int log) {
  char runner[FIELD_SIZE];
  snprintf(runner, sizeof runner, "%d", getpid());
  note_try(id, BETWEEN);
  dprintf(log, "\nToo long with no output (exceeded %s): context deadline exceeded\n", limit);
  nap(CLEARING_MS);
  signal_step(id, runner, SIGKILL);
}

int run_tries(const char *id, int log) {
  struct reruns reruns = read_reruns(id);
  for (int number = 1;; number++) {
    char path[PATH_SIZE];
    int code = carry_out(id, log);
    bool is_late = exists(late_mark(path, id, present_try(id)));
    /* Whatever it makes of the signal. */
    if (is_late && code == 0) code = 128 + SIGTERM;
    if (code == 0 || number > reruns.most || is_canceled()) return code;
    if (is_late) clear_up(id, reruns.limit, log);
    else dprintf(log, "\nExited with code exit status %d\n", code);
    if (!await_rerun(&reruns, number, log)) return code;
    dprintf(log, "Rerun %d of %d:\n", number, reruns.most);
    begin_try(id, log);
  }
}
