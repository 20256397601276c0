/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets a process has, for who cuts its connections: numbers of proc_pid_fd(5), as they are at one look. */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CUT_SOCKETS_MAX 4096u /* of one process */

struct cut_sockets {
	unsigned count;
	bool more; /* there are more than CUT_SOCKETS_MAX, or more descriptors than OWNER_DESCRIPTORS_MAX (owner.h) */
	uint32_t slots[2 * CUT_SOCKETS_MAX]; /* inodes, each at the first free place from its own on; 0: free */
};

/* Read those of a process. ERR_NOT_FOUND: it has ended, or may not be looked at. */
ERR_CHECK enum err cut_sockets_read(int32_t pid, struct cut_sockets *out);

/* Whether that number is among them. */
bool cut_sockets_has(const struct cut_sockets *s, uint32_t inode);

/* Whether the process is in the network namespace of this one, whose connections alone sys/cut.h sees. */
bool cut_sockets_are_here(int32_t pid);
