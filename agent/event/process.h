/* SPDX-License-Identifier: Apache-2.0 */
/* A process event: a program began or ended. Its rows are in process.c. */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum process_action {
	PROCESS_EXEC = 0, /* a process began to run a program */
	PROCESS_FORK = 1, /* a process was made, and runs its parent's program */
	PROCESS_EXIT = 2,
	PROCESS_RUNS = 3, /* it ran already when the guard began to look */
	PROCESS_ACTIONS = 4,
};

/* What told of it. What a source cannot know is empty. */
enum process_source {
	PROCESS_SOURCE_NONE = 0,
	PROCESS_SOURCE_BPF = 1,
	PROCESS_SOURCE_CONNECTOR = 2, /* the kernel's proc connector, completed from /proc */
	PROCESS_SOURCE_POLL = 3,      /* a look at /proc now and then */
	PROCESS_SOURCE_AUDIT = 4,     /* the kernel's audit records */
	PROCESS_SOURCES = 5,
};

/* Which process: a number is used again, with another start. */
struct process_kin {
	uint32_t pid;
	uint64_t start; /* when it was made, 1/100 s since boot (CLOCK_BOOTTIME); 0: not known */
};

struct process_event {
	uint8_t action;	     /* enum process_action */
	uint8_t source;	     /* enum process_source */
	bool args_cut;	     /* the arguments are longer than what was read of them */
	uint32_t pid, ppid;  /* of the process; of its parent, 0: not known, or it has none */
	uint32_t exit_code;  /* PROCESS_EXIT: what it returned */
	uint32_t signal;     /* PROCESS_EXIT: the signal that ended it; 0: none did */
	struct str image;    /* the program's path as rules know it: of a multi-call program the applet's, /bin/wget */
	struct str exe;	     /* the path of the file that runs, /bin/busybox */
	struct str name;     /* the name in the process list, which a process may change; of an applet its name */
	struct str args;     /* separated by NUL */
	struct str cwd;	     /* the working directory */
	struct str user;     /* "root", or the number of another user (the real user identifier) */
	struct str uid;	     /* the same as a number, "0"; a text, because 0 has a meaning */
	struct str euid;     /* the effective one, when it differs */
	struct str loginuid; /* who logged in, whatever became of the identifier since; empty: nobody did */
	struct str parent_image; /* of the parent, as image and args */
	struct str parent_args;
	struct str ancestry; /* the names of the parent, of its parent and so on: "bash<sshd<systemd" */
};
