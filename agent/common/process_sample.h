/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source tells of a process, in the one form that all of them make and the process sensor reads: the kernel
 * program (agent/bpf), the proc connector, a look at /proc. The numbers have the machine's own byte order, since a
 * sample never leaves it. The kernel program includes this file, too, so it needs nothing but the integer types.
 */
#pragma once

#include <stdint.h>

#define PROCESS_SAMPLE_VERSION 1

enum process_sample_kind {
	PROCESS_SAMPLE_EXEC = 1,    /* it began to run a program; all members */
	PROCESS_SAMPLE_FORK = 2,    /* it was made; no texts: it runs its parent's program */
	PROCESS_SAMPLE_EXIT = 3,    /* it ended: pid, start and status */
	PROCESS_SAMPLE_RUNS = 4,    /* it ran already; as EXEC, and what is not known is 0 or empty */
	PROCESS_SAMPLE_LOADS = 5,   /* it had the kernel load a module: pid, start, and exe is the module's name */
	PROCESS_SAMPLE_UNLOADS = 6, /* or unload it */
	PROCESS_SAMPLE_KINDS = 7,
};

enum process_sample_flags {
	PROCESS_SAMPLE_ARGS_CUT = 1, /* there are more arguments */
	PROCESS_SAMPLE_BACK = 2,     /* exe and cwd are names from the last one to the first, each ended by NUL */
	PROCESS_SAMPLE_EXE_CUT = 4,  /* with BACK: the first names are missing */
	PROCESS_SAMPLE_CWD_CUT = 8,
	PROCESS_SAMPLE_IDS = 16, /* uid, euid and loginuid are known */
};

#define PROCESS_SAMPLE_NAME 16
#define PROCESS_SAMPLE_PATH_MAX 1280u /* bytes of exe and cwd together */
#define PROCESS_SAMPLE_ARGS_MAX 4095u
#define PROCESS_SAMPLE_MODULE_MAX 64u	  /* bytes of a module's name, with its NUL */
#define PROCESS_SAMPLE_NOBODY 0xffffffffu /* loginuid: nobody logged in */

/* The texts follow without padding: exe, cwd, args. The arguments are separated by NUL, as in /proc/PID/cmdline. */
struct process_sample {
	uint8_t version; /* PROCESS_SAMPLE_VERSION */
	uint8_t kind;	 /* enum process_sample_kind */
	uint8_t source;	 /* enum process_source of event/process.h */
	uint8_t flags;	 /* enum process_sample_flags */
	uint32_t pid;	 /* of the process (the thread group) */
	uint64_t start;	 /* when it was made, 1/100 s since boot (CLOCK_BOOTTIME); tells a reused pid; 0: not known */
	uint64_t parent_start;
	uint32_t ppid; /* 0: not known, or there is none */
	uint32_t uid, euid, loginuid;
	uint32_t status; /* EXIT: as wait(2) gives it */
	uint16_t exe_len, cwd_len, args_len, reserved;
	char name[PROCESS_SAMPLE_NAME]; /* ended by NUL if it is shorter */
	uint32_t reserved2;
};

#define PROCESS_SAMPLE_MAX (sizeof(struct process_sample) + PROCESS_SAMPLE_PATH_MAX + PROCESS_SAMPLE_ARGS_MAX)

/* What the kernel program counts, in a map that the core reads. */
struct process_counts {
	uint64_t execs; /* that it was called for */
	uint64_t lost;	/* samples of execs for which the ring had no room */
	uint64_t lost_others;
};

/* A power of two and of pages: 250 ms at 5,000 execs a second. */
#define PROCESS_RING_BYTES (256u * 1024u)

/* The list of what runs when the core starts begins with why no better source is in use, and what the audit records
 * that it uses do not tell of, both ended by NUL; the samples follow. */
struct process_list {
	char why[160];
	char lacks[96];
};
