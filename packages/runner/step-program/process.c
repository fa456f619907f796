/* Time and processes. */
#include "fmg-step.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool look_at(pid_t pid, struct process *process) {
  char path[64], text[1024], kind;
  int parent, session;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (read_text(path, text, sizeof text) <= 0) return false;
  /* The name stands in brackets and may hold anything, brackets too. */
  const char *rest = strrchr(text, ')');
  const char *form = ") %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu";
  if (rest == NULL || sscanf(rest, form, &kind, &parent, &session, &process->born) != 4) return false;
  process->pid = pid;
  process->parent = parent;
  process->session = session;
  return kind != 'Z' && kind != 'X';
}

bool is_alive(const char *pid, const char *born) {
  struct process process;
  return look_at(atoi(pid), &process) && process.born == strtoull(born, NULL, 10);
}

void uptime(char text[FIELD_SIZE]) {
  if (read_text("/proc/uptime", text, FIELD_SIZE) <= 0) strcpy(text, "0");
  text[strcspn(text, " ")] = '\0';
}

double monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void nap(int milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  while (nanosleep(&left, &left) < 0 && errno == EINTR) continue;
}
