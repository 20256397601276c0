/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which process has a socket: proc_pid_fd(5) is read process by process and descriptor by descriptor, in steps that
 * the caller counts. A walk sees what is there when it comes by; a socket that was passed to several processes is that
 * of the first one.
 */
#pragma once

#include "agent/common/proc_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OWNER_DESCRIPTORS_MAX 4096u /* of one process that are looked at in one walk, so that none hides the others */

/* A directory of /proc that is read bit by bit. */
struct owner_names {
	int fd; /* -1: closed */
	size_t at, len;
	_Alignas(8) char bytes[1024];
};

struct owner_walk {
	int proc;
	bool (*wants)(const void *context, uint32_t uid);
	const void *context;
	uint32_t pid;	    /* of the process whose descriptors are read */
	uint32_t looked_at; /* of them */
	struct owner_names pids, descriptors;
};

struct owner_found {
	uint32_t pid, descriptor, inode;
};

enum owner_step {
	OWNER_END,
	OWNER_NOTHING, /* the step was no socket */
	OWNER_SOCKET,
};

/*
 * Begin a walk over the processes whose user `wants` says yes to (NULL: all). `proc` is the directory /proc; it must
 * stay open. False: it cannot be read.
 */
bool owner_begin(struct owner_walk *w, int proc, bool (*wants)(const void *context, uint32_t uid), const void *context);

/* Begin one over the descriptors of a single process. False: it has ended, or its descriptors cannot be read. */
bool owner_begin_one(struct owner_walk *w, int proc, uint32_t pid);

/* One process or one descriptor more. OWNER_END closes the walk. */
enum owner_step owner_next(struct owner_walk *w, struct owner_found *out);

/* Close a walk before its end. */
void owner_end(struct owner_walk *w);

/*
 * Read the process that has the socket. 0: it has it no more, or the pid has become another process's meanwhile. Else
 * the length of the sample.
 */
size_t owner_read(int proc, const struct owner_found *found, union proc_sample *out);
