/* SPDX-License-Identifier: Apache-2.0 */
/* The options of one command: read from argv, and printed by --help after the examples. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTS_ARGS_MAX 64
#define OPTS_GO_ON (-1) /* not an exit status: the command goes on */

enum opts_kind {
	OPTS_FLAG,  /* out: bool */
	OPTS_TEXT,  /* out: const char * */
	OPTS_MANY,  /* out: struct opts_list; may be given again */
	OPTS_COUNT, /* out: int64_t, a whole number */
	OPTS_SPAN,  /* out: int64_t seconds, from "90", "90s", "15m", "1h", "7d" */
	OPTS_END,
};

struct opts_list {
	unsigned count;
	const char *items[OPTS_ARGS_MAX];
};

struct opts_option {
	enum opts_kind kind;
	const char *name;  /* without dashes; one letter is written with one dash */
	const char *value; /* the value's name in the help; NULL for a flag */
	void *out;
	const char *help;
};

struct opts_command {
	const char *usage;		   /* "device list [options]" */
	const char *about;		   /* one or more sentences */
	const char *examples;		   /* lines */
	const struct opts_option *options; /* ends with OPTS_END */
	unsigned args_min, args_max;
};

/* --json and --context, which every command has; opts_read sets them. */
struct opts_common {
	bool json;
	const char *context;
};
extern struct opts_common opts_common;

/* Read options and arguments. Returns OPTS_GO_ON, or the exit status after it printed the help or what is wrong. */
int opts_read(const struct opts_command *command, int argc, char **argv, struct opts_list *args);

/* Read a span of time, as "1h", in seconds. False: it is none. */
bool opts_span(const char *text, int64_t *seconds);

#define OPTS_WHEN_MAX 32
/* "2h" becomes the time two hours ago, in seconds since 1970; anything else, and NULL, stays as it is for the service
 * to judge. Returns `text` or `out`. */
const char *opts_when(const char *text, char out[OPTS_WHEN_MAX]);

/* Whether it may be such a time: a span, seconds since 1970, or as long as one of RFC 3339. Of NULL, too. */
bool opts_is_when(const char *text);

/* Print what is wrong and how the command is used. Returns COMMAND_USAGE. */
int opts_wrong(const struct opts_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Print "caltrop: " and a sentence, in the manner of printf(3), on standard error. Returns status. */
int opts_failed(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
