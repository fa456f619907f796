/*
 * Lets a job speak with whoever carries it out, through one port of its own network and no other: takes connections, one after the
 * other, and carries their bytes over stdin and stdout. There and back go frames: a letter, four bytes of length, the bytes.
 *
 *   out r           it listens
 *   out, in d       bytes of the present connection; its first ones open it
 *   out, in c       this side has ended it: it is over when both sides have said so, and the next one is taken
 */
#include "fmg-step.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 16384, HEADER = 5, PATIENCE_MS = 10000, LAST_WORDS_MS = 2000 };

/* -1: none is open. `busy` until both sides have ended it. */
static struct {
  int socket;
  bool busy, ended_here, ended_there;
} connection = {.socket = -1};

static bool send_frame(char letter, const void *bytes, uint32_t count) {
  char header[HEADER] = {letter};
  uint32_t length = htonl(count);
  memcpy(header + 1, &length, sizeof length);
  return write_all(STDOUT_FILENO, header, sizeof header) && write_all(STDOUT_FILENO, bytes, count);
}

static bool read_whole(void *into, size_t count) {
  for (char *at = into; count > 0;) {
    ssize_t got = read(STDIN_FILENO, at, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    count -= (size_t)got;
  }
  return true;
}

static void hang_up(void) {
  if (connection.socket >= 0) close(connection.socket);
  connection.socket = -1;
}

static bool end_here(void) {
  hang_up();
  if (connection.ended_here) return true;
  connection.ended_here = true;
  connection.busy = !connection.ended_there;
  return send_frame('c', NULL, 0);
}

/* What was written last may be on its way: closing on unread bytes would take it back. */
static void hear_out(void) {
  char piece[PIECE];
  struct pollfd one = {.fd = connection.socket, .events = POLLIN};
  shutdown(connection.socket, SHUT_WR);
  while (poll(&one, 1, LAST_WORDS_MS) > 0 && read(connection.socket, piece, sizeof piece) > 0) continue;
}

static bool end_there(void) {
  if (!connection.busy) return true;
  connection.ended_there = true;
  if (connection.socket >= 0) hear_out();
  connection.busy = !connection.ended_here;
  return end_here();
}

/* A frame from there. Bytes for a connection that has ended here are of no use to anybody. */
static bool take_frame(void) {
  char header[HEADER], piece[PIECE];
  uint32_t length;
  if (!read_whole(header, sizeof header)) return false;
  memcpy(&length, header + 1, sizeof length);
  for (size_t left = ntohl(length); left > 0;) {
    size_t count = left < sizeof piece ? left : sizeof piece;
    if (!read_whole(piece, count)) return false;
    left -= count;
    if (connection.socket >= 0 && !write_all(connection.socket, piece, count) && !end_here()) return false;
  }
  return header[0] != 'c' || end_there();
}

static bool take_bytes(void) {
  char piece[PIECE];
  ssize_t got = read(connection.socket, piece, sizeof piece);
  if (got < 0 && errno == EINTR) return true;
  return got > 0 ? send_frame('d', piece, (uint32_t)got) : end_here();
}

static void take_connection(int listener) {
  struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
  int taken = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (taken < 0) return;
  setsockopt(taken, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  connection.socket = taken;
  connection.busy = true;
  connection.ended_here = connection.ended_there = false;
}

static bool carry_on(int listener) {
  int other = connection.socket >= 0 ? connection.socket : connection.busy ? -1 : listener;
  struct pollfd both[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = other, .events = POLLIN}};
  if (poll(both, 2, -1) < 0) return errno == EINTR;
  if (both[0].revents != 0 && !take_frame()) return false;
  if (both[1].revents == 0) return true;
  if (other == listener) take_connection(listener);
  /* The frame may have ended it. */
  else if (other == connection.socket) return take_bytes();
  return true;
}

/* One that went before, whose connection broke, may not have noticed yet. */
static int listen_at(const char *port) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  for (int waited = 0; bind(listener, (struct sockaddr *)&here, sizeof here) < 0; waited += 50) {
    if (errno != EADDRINUSE || waited >= PATIENCE_MS) return -1;
    nap(50);
  }
  return listen(listener, 16) < 0 ? -1 : listener;
}

static bool append(FILE *to, const char *path) {
  char piece[PIECE];
  size_t got;
  FILE *from = path == NULL ? NULL : fopen(path, "re");
  if (from == NULL) return false;
  while ((got = fread(piece, 1, sizeof piece, from)) > 0) fwrite(piece, 1, got, to);
  fputc('\n', to);
  fclose(from);
  return true;
}

/* The authorities that the image trusts, and ours. */
static bool make_bundle(const char *bundle, const char *ours) {
  const char *const theirs[] = {getenv("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
  char unfinished[PATH_SIZE];
  if (exists(bundle)) return true;
  snprintf(unfinished, sizeof unfinished, "%s.%d", bundle, getpid());
  FILE *file = fopen(unfinished, "we");
  if (file == NULL) return false;
  for (size_t at = 0; at < sizeof theirs / sizeof *theirs && !append(file, theirs[at]); at++) continue;
  bool whole = append(file, ours);
  return fclose(file) == 0 && whole && chmod(unfinished, 0644) == 0 && rename(unfinished, bundle) == 0;
}

/* PORT OURS BUNDLE: ends with its stdin. */
int forward(char **args) {
  signal(SIGPIPE, SIG_IGN);
  int listener = make_bundle(args[2], args[1]) ? listen_at(args[0]) : -1;
  if (listener < 0) {
    fprintf(stderr, "port %s, %s: %s\n", args[0], args[2], strerror(errno));
    return 1;
  }
  if (!send_frame('r', NULL, 0)) return 1;
  while (carry_on(listener)) continue;
  return 0;
}
