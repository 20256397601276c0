/* SPDX-License-Identifier: Apache-2.0 */
/* Options of one command: read from argv, and shown by --help with examples first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTS_ARGS_MAX 64
#define OPTS_GO_ON (-1) /* no exit status: the command goes on */

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
	const char *name;  /* without dashes */
	const char *value; /* its name in the help; NULL for a flag */
	void *out;
	const char *help;
};

struct opts_command {
	const char *usage;		   /* "device list [options]" */
	const char *about;		   /* a sentence or some */
	const char *examples;		   /* lines */
	const struct opts_option *options; /* ends with OPTS_END */
	unsigned args_min, args_max;
};

/* --json and --context, which every command has; they are set by opts_read. */
struct opts_common {
	bool json;
	const char *context;
};
extern struct opts_common opts_common;

/* OPTS_GO_ON, or the status to exit with (help was shown, or the usage is wrong and that was said). */
int opts_read(const struct opts_command *command, int argc, char **argv, struct opts_list *args);

/* "1h" -> 3600; false when it is none. */
bool opts_span(const char *text, int64_t *seconds);

/* Say what is wrong with the usage; returns COMMAND_USAGE. */
int opts_wrong(const struct opts_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
