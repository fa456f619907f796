/* What set-up, checkout and a bad exit code ask of a container: the answers of the sh scripts in ../src, without a shell. */
#include "fmg-step.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *expand(char path[PATH_SIZE], const char *text, bool from_home) {
  const char *home = getenv("HOME");
  if (home == NULL) home = "/";
  if (text[0] == '~' && (text[1] == '\0' || text[1] == '/')) snprintf(path, PATH_SIZE, "%s%s", home, text + 1);
  else if (text[0] == '/' || !from_home) snprintf(path, PATH_SIZE, "%s", text);
  else snprintf(path, PATH_SIZE, "%s/%s", home, text);
  return path;
}

static void describe_user(void) {
  const char *home = getenv("HOME");
  printf("uid %u\ngid %u\nhome %s\n", geteuid(), getegid(), home == NULL ? "" : home);
}

/* DIRECTORY: makes the job's working directory, as far as its user may. */
int ask_home(char **args) {
  char path[PATH_SIZE];
  describe_user();
  expand(path, args[0], true);
  if (make_directories(path) && access(path, W_OK) == 0) puts("made");
  return 0;
}

/* DIRECTORY HOME UID GID: makes it for that user, as root. */
int give_directory(char **args) {
  char path[PATH_SIZE];
  setenv("HOME", args[1], 1);
  expand(path, args[0], true);
  if (make_directories(path) && chown(path, (uid_t)atoi(args[2]), (gid_t)atoi(args[3])) == 0) return 0;
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  return 1;
}

static bool enter(const char *path) {
  if (make_directories(path) && chdir(path) == 0) return true;
  fprintf(stderr, "%s: %s\n", path, strerror(errno));
  return false;
}

static bool is_occupied(void) {
  DIR *here = opendir(".");
  if (here == NULL) return false;
  bool found = false;
  for (struct dirent *entry; !found && (entry = readdir(here)) != NULL;) {
    const char *name = entry->d_name;
    found = strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    if (found) printf("occupied %s\n", name);
  }
  closedir(here);
  return found;
}

/* DIRECTORY */
bool ask_look(char **args) {
  char path[PATH_SIZE];
  describe_user();
  if (exists(ROOT "/halt")) {
    puts("halted");
    return false;
  }
  if (!enter(expand(path, args[0], true)) || getcwd(path, sizeof path) == NULL) return false;
  printf("directory %s\n", path);
  return true;
}

/* DIRECTORY: goes there from here, and tells its path. */
int ask_enter(char **args) {
  char path[PATH_SIZE];
  if (!enter(expand(path, args[0], false)) || getcwd(path, sizeof path) == NULL) return 1;
  printf("path %s\n", path);
  return 0;
}

/* TARGET INDEX: where the checkout of that step goes, unless it is occupied by something else. */
int ask_target(char **args) {
  char path[PATH_SIZE], mark[PATH_SIZE];
  if (!enter(expand(path, args[0], false))) return 1;
  snprintf(mark, sizeof mark, ROOT "/s/checkout-%s", args[1]);
  if (!exists(mark) && !exists(".git") && is_occupied()) return 0;
  touch(mark);
  if (getcwd(path, sizeof path) == NULL) return 1;
  printf("path %s\n", path);
  return 0;
}

static long long count_of_oom_kills(void) {
  static const char *const files[] = {"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"};
  char text[4096];
  for (size_t at = 0; at < sizeof files / sizeof *files; at++) {
    if (read_text(files[at], text, sizeof text) <= 0) continue;
    for (char *line = text; line != NULL; line = strchr(line, '\n')) {
      line += *line == '\n';
      if (strncmp(line, "oom_kill ", 9) == 0) return atoll(line + 9);
    }
  }
  return 0;
}

/* ID: our own marks, and whether the cgroup's counter has grown since the step before. */
int ask_why(char **args) {
  char path[PATH_SIZE], text[64] = "0";
  if (exists(late_mark(path, args[0], present_try(args[0])))) puts("timed-out");
  if (exists(in_step(path, args[0], "job-end"))) puts("job-end");
  read_text(ROOT "/oom", text, sizeof text);
  long long now = count_of_oom_kills();
  in_step(path, args[0], "out-of-memory");
  if (now > atoll(text) && touch(path) && touch(ROOT "/oom")) {
    FILE *file = fopen(ROOT "/oom", "w");
    if (file != NULL) {
      fprintf(file, "%lld\n", now);
      fclose(file);
    }
  }
  if (exists(path)) puts("out-of-memory");
  return 0;
}

/* The ports that somebody listens on, in the kernel's hexadecimal. */
int ask_ports(void) {
  static const char *const files[] = {"/proc/net/tcp", "/proc/net/tcp6"};
  for (size_t at = 0; at < sizeof files / sizeof *files; at++) {
    char line[512], address[128], state[8];
    FILE *file = fopen(files[at], "re");
    if (file == NULL) continue;
    while (fgets(line, sizeof line, file) != NULL) {
      bool listens = sscanf(line, "%*s %127s %*s %7s", address, state) == 2 && strcmp(state, "0A") == 0;
      if (listens) puts(strrchr(address, ':') + 1);
    }
    fclose(file);
  }
  return 0;
}
