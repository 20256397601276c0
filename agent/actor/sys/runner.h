/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes run a program's file: by its device and inode, wherever it is seen from; or, where the process has
 * the mounts of process 1, by the path that proc_pid_exe(5) shows, so that one whose file was deleted is found, too.
 * What an interpreter runs is no program of its own. Changes nothing.
 */
#pragma once

#include "agent/base/err.h"

#include <stdint.h>

#define RUNNERS_MAX 62

struct runner {
	int32_t pid;
	uint64_t start_ticks;
};

struct runners {
	unsigned count;
	struct runner list[RUNNERS_MAX];
};

/*
 * Call `call` for each of them, until it returns an error, which is returned then. Others: /proc cannot be read.
 */
ERR_CHECK enum err runner_each(const char *path, enum err (*call)(void *owner, const struct runner *one), void *owner);

/* Find them. ERR_NOT_FOUND: nobody runs it. ERR_FULL: more than RUNNERS_MAX do. Others: /proc cannot be read. */
ERR_CHECK enum err runner_find(const char *path, struct runners *out);
