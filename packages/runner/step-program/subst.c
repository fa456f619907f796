/*
 * `circleci env subst`: texts with variables of the environment put in, in the forms $A, ${A}, ${A-text}, ${A:-text}, ${A=text},
 * ${A:=text}, ${A+text}, ${A:+text}, and $$ for a dollar. A colon takes what is empty for what is not set; a text may hold variables.
 */
#include "fmg-step.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void substitute(const char *text, const char *end);

static const char *end_of_name(const char *text, const char *end) {
  if (text == end || (!isalpha((unsigned char)*text) && *text != '_')) return text;
  while (text < end && (isalnum((unsigned char)*text) || *text == '_')) text++;
  return text;
}

/* The brace that closes one which was opened before; NULL if none does. */
static const char *closing_brace(const char *text, const char *end) {
  for (size_t open = 0; text < end; text++) {
    if (*text == '{' && text[-1] == '$') open++;
    if (*text == '}' && open-- == 0) return text;
  }
  return NULL;
}

static const char *look_up(const char *name, const char *end) {
  char *copy = strndup(name, (size_t)(end - name));
  const char *value = copy == NULL ? NULL : getenv(copy);
  free(copy);
  return value;
}

/* What stands in braces; false where it is none of the forms. */
static bool put_braced(const char *text, const char *end) {
  const char *name_end = end_of_name(text, end), *at = name_end;
  if (name_end == text) return false;
  const char *value = look_up(text, name_end);
  if (at < end && *at == ':') {
    if (value != NULL && *value == '\0') value = NULL;
    at++;
  }
  if (at == end) {
    if (at != name_end) return false;
    fputs(value == NULL ? "" : value, stdout);
  } else if (*at == '-' || *at == '=') {
    if (value == NULL) substitute(at + 1, end);
    else fputs(value, stdout);
  } else if (*at == '+') {
    if (value != NULL) substitute(at + 1, end);
  } else {
    return false;
  }
  return true;
}

/* What follows a dollar; returns where the text goes on. */
static const char *put_variable(const char *text, const char *end) {
  if (text < end && *text == '{') {
    const char *brace = closing_brace(text + 1, end);
    if (brace != NULL && put_braced(text + 1, brace)) return brace + 1;
  } else {
    const char *name_end = end_of_name(text, end), *value = look_up(text, name_end);
    if (name_end > text) {
      fputs(value == NULL ? "" : value, stdout);
      return name_end;
    }
  }
  putchar('$');
  return text < end && *text == '$' ? text + 1 : text;
}

static void substitute(const char *text, const char *end) {
  while (text < end) {
    const char *dollar = memchr(text, '$', (size_t)(end - text));
    if (dollar == NULL) dollar = end;
    fwrite(text, 1, (size_t)(dollar - text), stdout);
    text = dollar < end ? put_variable(dollar + 1, end) : end;
  }
}

/* TEXT ..., or without any what stands on stdin. */
int subst(int count, char **texts) {
  char *text = NULL;
  size_t size = 0;
  for (int at = 0; at < count; at++) {
    if (at > 0) putchar(' ');
    substitute(texts[at], texts[at] + strlen(texts[at]));
  }
  /* Whole, as a form may go over several lines: no text has a byte of 255. */
  for (ssize_t length; count == 0 && (length = getdelim(&text, &size, 255, stdin)) > 0;) substitute(text, text + length);
  free(text);
  return fflush(stdout) == 0 ? 0 : 1;
}
