/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that speaks to the world for the service: the service opens no connection, and what far ends answer is
 * parsed where neither the store nor a key is. It is two processes: the one that works, and one above it that waits and
 * starts another when that has crashed. One datagram is a job, one an answer (unix(7), SOCK_SEQPACKET). A job whose
 * aide crashed has no answer; who sent it gives it up after a while.
 */
#pragma once

#include "agent/base/err.h"

#include <stddef.h>

struct aide;

struct aide_setup {
	const char *name; /* of both processes, as ps(1) shows it */
	/* Work until the other end of the socket is closed. The exit status: 0, or another, and it is started anew. */
	int (*work)(int fd, const void *context);
	const void *context; /* copied with the process's memory */
};

/*
 * Start it. It ends when this process does. To be called before there are threads and before the fence is up.
 * ERR_NO_MEMORY, ERR_IO.
 */
ERR_CHECK enum err aide_start(const struct aide_setup *setup, struct aide **out);

/* The socket by which answers come, to wait for. */
int aide_fd(const struct aide *a);

/* Give it a job without waiting. ERR_FULL: it has enough to do. ERR_CLOSED: there is none any more. */
ERR_CHECK enum err aide_send(struct aide *a, const void *job, size_t len);

/* Take an answer of that length without waiting; others are dropped. ERR_NOT_FOUND: there is none. ERR_CLOSED. */
ERR_CHECK enum err aide_hear(struct aide *a, void *answer, size_t len);

/* End it. NULL does nothing. */
void aide_close(struct aide *a);
