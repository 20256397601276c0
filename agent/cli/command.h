/* SPDX-License-Identifier: Apache-2.0 */
/* A command of the command line: its name, a line of help, and a function that returns an exit status. */
#pragma once

/* What a command returns, and the program exits with; `caltrop --help` prints the same list. */
enum command_exit {
	COMMAND_OK = 0,
	COMMAND_FAILED = 1,
	COMMAND_USAGE = 2,
	COMMAND_PARTIAL = 3, /* some of several devices failed */
	COMMAND_NOT_FOUND = 4,
	COMMAND_DENIED = 5,	 /* not logged in, or not permitted */
	COMMAND_UNREACHABLE = 6, /* not reachable, or no answer in time */
	COMMAND_CONFLICT = 7,	 /* in conflict with the present state, or an approval is needed first */
};

struct command {
	const char *name;    /* words: "local bans" */
	const char *summary; /* half a line for the list */
	/* argv[0] is the last word of the name. Returns enum command_exit. */
	int (*run)(int argc, char **argv);
};
