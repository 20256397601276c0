/* SPDX-License-Identifier: Apache-2.0 */
/* What the core does to its own process before it reads any input, by system calls. */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Remember which descriptors of core_fds.h are open, and open /dev/null in place of the others, so that no descriptor
 * that is opened later has one of their numbers. Must be called before anything opens a descriptor.
 */
void process_note_fds(void);

/* Whether this descriptor of core_fds.h was open when the program started. */
bool process_has_fd(int fd);

/*
 * Close all descriptors that are not of core_fds.h, and set close-on-exec for those that are. Forbid core dumps, which
 * would have keys in them, limit descriptors and the stacks of threads, and ignore SIGPIPE. ERR_DENIED: the program
 * runs as root; it may do so only in a user namespace (user_namespaces(7)) that has no other user.
 */
ERR_CHECK enum err process_prepare(void);

/*
 * Ask the scheduler for a short slice of 100 microseconds (sched_setattr(2), SCHED_OTHER, Linux 6.12), so that the core
 * runs at once when it is woken, even while other programs compute. Older kernels ignore it.
 */
void process_short_slice(void);

/* Reserve memory for the life of the program. It is zero, and uses none before it is written. Failure is fatal. */
void *process_reserve(size_t size);

/* Write random bytes of the kernel (getrandom(2)). Failure is fatal. */
void process_random(void *out, size_t len);
