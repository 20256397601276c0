/* SPDX-License-Identifier: Apache-2.0 */
/* What the core arranges for its own process before it takes any input. Not pure: system calls only. */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Before anything else opens a descriptor: note which of core_fds.h were given, and fill the free numbers, so that
 * nobody takes an event loop's descriptor for a source later.
 */
void process_note_fds(void);

/* Whether a descriptor of core_fds.h was given. */
bool process_has_fd(int fd);

/*
 * Close what nobody handed over, set close-on-exec, no core dumps (they hold keys), few descriptors, small
 * thread stacks, SIGPIPE ignored. ERR_DENIED: it runs as root, which it may only in a user namespace without
 * other users.
 */
ERR_CHECK enum err process_prepare(void);

/*
 * Ask the scheduler for a short slice (sched_setattr(2), SCHED_OTHER, 100 us; Linux 6.12): the core is woken at
 * once even while others compute. Kernels without it are left as they are.
 */
void process_short_slice(void);

/*
 * Memory of the given size, zero, touched by nobody yet: it costs nothing until it is used. Ends the program on
 * failure.
 */
void *process_reserve(size_t size);

/* Fill with random bytes of the kernel. */
void process_random(void *out, size_t len);
