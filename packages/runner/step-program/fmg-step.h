/* What the parts of the step program share. The protocol stands at the head of main.c. */
#ifndef FMG_STEP_H
#define FMG_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where the attempt's volume is mounted. */
#define ROOT "/fmg"
enum { PATH_SIZE = 4096, FIELD_SIZE = 24 };

/* --- files.c: paths and states */

/* The state of a step is the name of one empty file in its folder, changed by rename(2) only. */
struct state {
  enum { GONE, TODO, RUN, EXIT, SKIP } kind;
  char name[128]; /* of the file, with its @ */
  /* run: PID, BORN, T0;  exit: RC, SIZE, T0, T1 */
  char field[4][FIELD_SIZE];
};

struct state read_state(const char *id);
/* Renames; false when another was quicker, or the step removed its state. */
bool move_state(const char *id, const struct state *from, const char *to);
char *in_step(char path[PATH_SIZE], const char *id, const char *file);
bool exists(const char *path);
/* An empty file that every user may write; one that is there stays as it is. */
bool touch(const char *path);
/* Reads up to size - 1 bytes and ends them with a NUL; -1 if there is no such file. */
ssize_t read_text(const char *path, char *text, size_t size);
bool write_all(int fd, const void *bytes, size_t count);
bool make_directories(const char *path);

/* --- process.c: time and processes */

struct process {
  pid_t pid, parent, session;
  unsigned long long born; /* tick of its birth: a pid that is used again is another process */
};

/* False for one that is dead or a zombie. */
bool look_at(pid_t pid, struct process *process);
bool is_alive(const char *pid, const char *born);
/* Seconds of the host's uptime, as the kernel prints them. */
void uptime(char text[FIELD_SIZE]);
double monotonic(void);
void nap(int milliseconds);

/* --- run.c, command.c, terminal.c, tries.c, follow.c, stop.c, ask.c, forward.c, subst.c: the verbs */

int run_row(bool ok, char **ids);
/* Starts a runner of its own session that outlives us. */
void spawn_runner(bool ok, char *const ids[], size_t count);
/* Carries out a step's command, appends what it says to the log, and returns its exit code (128 + signal). */
int carry_out(const char *id, int log);
/* A terminal whose output a process of its own appends to the log; -1 where there is none to have. */
int open_terminal(int log, pid_t *pumping);
/* Waits for what was said, a second at most: a process that was left behind may keep the terminal. */
void drain_terminal(pid_t pumping);
/* Carries it out, again while it fails and may run again; the exit code is the last one's. */
int run_tries(const char *id, int log);
/* How long the log was when the present try of a step began. */
long long present_try(const char *id);
char *late_mark(char path[PATH_SIZE], const char *id, long long try);
int attach(char **args);
int follow(bool ok, char **items);
/* Signals all that carries a step's mark, their sessions and their descendants; returns how many there are. 0 only counts. */
size_t signal_step(const char *id, const char *runner, int signal);
int stop(const char *grace, char **ids);
/* Ends a step's present try, which was silent since its log had that size. */
int stop_late(const char *grace, const char *size, char *id);
int cancel(const char *grace, char **ids);
int ask_home(char **args);
int give_directory(char **args);
/* Goes to the job's directory; false: there is nothing more to ask. */
bool ask_look(char **args);
int ask_enter(char **args);
int ask_target(char **args);
int ask_why(char **args);
int ask_ports(void);
int forward(char **args);
int subst(int count, char **texts);
/* A directory of a config: `~` is the home, what is relative is relative to the home or stays as it is. */
const char *expand(char path[PATH_SIZE], const char *text, bool from_home);

#endif
