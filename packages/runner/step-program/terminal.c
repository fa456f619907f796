/*
 * A terminal for a step's output, where the job asks for one: tools colour what they say and show progress. It is not the step's
 * controlling terminal and not its input, so that whoever asks a question finds nobody, as without it.
 */
#include "fmg-step.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { COLUMNS = 120, ROWS = 40, PATIENCE_MS = 1000 };

/* Bytes come out as they went in: a terminal would make CR LF of LF. */
static void set_up(int terminal) {
  struct termios modes;
  struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
  if (tcgetattr(terminal, &modes) == 0) {
    modes.c_oflag &= ~(tcflag_t)OPOST;
    modes.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(terminal, TCSANOW, &modes);
  }
  ioctl(terminal, TIOCSWINSZ, &size);
}

/* Ends when nobody has the terminal any more; what a step left running may have it for long. */
static _Noreturn void pump(int master, int log) {
  char bytes[65536];
  for (;;) {
    ssize_t count = read(master, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || !write_all(log, bytes, (size_t)count)) _exit(0);
  }
}

int open_terminal(int log, pid_t *pumping) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return -1;
  const char *name = grantpt(master) == 0 && unlockpt(master) == 0 ? ptsname(master) : NULL;
  int terminal = name == NULL ? -1 : open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) {
    set_up(terminal);
    *pumping = fork();
    if (*pumping == 0) {
      close(terminal);
      pump(master, log);
    }
    if (*pumping < 0) {
      close(terminal);
      terminal = -1;
    }
  }
  close(master);
  return terminal;
}

void drain_terminal(pid_t pumping) {
  for (int waited = 0; waited < PATIENCE_MS && waitpid(pumping, NULL, WNOHANG) == 0; waited += 5) nap(5);
}
