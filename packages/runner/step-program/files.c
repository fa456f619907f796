/* Paths and states. */
#include "fmg-step.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *in_step(char path[PATH_SIZE], const char *id, const char *file) {
  snprintf(path, PATH_SIZE, ROOT "/s/%s/%s", id, file);
  return path;
}

static bool is_number(const char *text) {
  size_t digits = strspn(text, "0123456789.");
  return digits > 0 && digits < 20 && text[digits] == '\0';
}

/* A step can put any name there: what the protocol does not know is no state. */
static bool parse_state(const char *name, struct state *state) {
  char text[sizeof state->name];
  if (name[0] != '@' || strlen(name) >= sizeof text) return false;
  strcpy(state->name, name);
  strcpy(text, name + 1);
  char *rest = NULL;
  const char *kind = strtok_r(text, ",", &rest);
  if (kind == NULL) return false;
  int count = 0;
  for (char *field; (field = strtok_r(NULL, ",", &rest)) != NULL; count++) {
    bool is_word = count == 0 && (strcmp(field, "killed") == 0 || strcmp(field, "gone") == 0);
    if (count == 4 || (!is_word && !is_number(field))) return false;
    strcpy(state->field[count], field);
  }
  if (strcmp(kind, "todo") == 0 && count == 0) state->kind = TODO;
  else if (strcmp(kind, "skip") == 0 && count == 0) state->kind = SKIP;
  else if (strcmp(kind, "run") == 0 && count == 3) state->kind = RUN;
  else if (strcmp(kind, "exit") == 0 && count == 4) state->kind = EXIT;
  else return false;
  return true;
}

/* The first by name, where a step has put more than one, as the sh program sees them. */
static struct state read_once(const char *id) {
  char path[PATH_SIZE];
  struct state found = {.kind = GONE};
  DIR *folder = opendir(in_step(path, id, ""));
  if (folder == NULL) return found;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    struct state state;
    if (!parse_state(entry->d_name, &state)) continue;
    if (found.kind == GONE || strcmp(state.name, found.name) < 0) found = state;
  }
  closedir(folder);
  return found;
}

struct state read_state(const char *id) {
  struct state state = read_once(id);
  /* A folder that is read while a file in it is renamed may show neither name. */
  for (int tries = 0; state.kind == GONE && tries < 3; tries++) {
    nap(1);
    state = read_once(id);
  }
  return state;
}

bool move_state(const char *id, const struct state *from, const char *to) {
  char old[PATH_SIZE], new[PATH_SIZE];
  return rename(in_step(old, id, from->name), in_step(new, id, to)) == 0;
}

bool exists(const char *path) { return access(path, F_OK) == 0; }

bool touch(const char *path) {
  /* Root does this too, in folders of the job's: a link is not followed. */
  int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) return false;
  fchmod(fd, 0666);
  close(fd);
  return true;
}

ssize_t read_text(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t length = 0;
  while (length < size - 1) {
    ssize_t count = read(fd, text + length, size - 1 - length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    length += (size_t)count;
  }
  close(fd);
  text[length] = '\0';
  return (ssize_t)length;
}

bool write_all(int fd, const void *bytes, size_t count) {
  const char *at = bytes;
  while (count > 0) {
    ssize_t written = write(fd, at, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    at += written;
    count -= (size_t)written;
  }
  return true;
}

bool make_directories(const char *path) {
  char part[PATH_SIZE];
  if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
    errno = ENAMETOOLONG;
    return false;
  }
  for (char *at = part + 1; *at != '\0'; at++) {
    if (*at != '/') continue;
    *at = '\0';
    mkdir(part, 0777); /* what cannot be made shows in the next */
    *at = '/';
  }
  if (mkdir(part, 0777) == 0) return true;
  struct stat facts;
  int why = errno;
  bool is_there = stat(part, &facts) == 0 && S_ISDIR(facts.st_mode);
  errno = why;
  return is_there;
}
