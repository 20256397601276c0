/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a TLS connection over a connected, non-blocking stream socket. Nothing here waits: the caller waits for
 * what the returned step says. Everything else is asked of `end` (tls_end.h).
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tls/tls_end.h"

#define TLS_SOCKET_BYTES 4096 /* of one read from the socket */

struct tls_socket {
	struct tls_end *end; /* NULL: tls_socket_open() failed, or was not called */
	int fd;
	char bytes[TLS_SOCKET_BYTES];
};

/* Prepare for connections with conf, one after another. s must not move until tls_socket_close(). ERR_NO_MEMORY. */
ERR_CHECK enum err tls_socket_open(struct tls_socket *s, struct tls_conf *conf);

/* Free the end. The descriptor stays open and is the caller's. May be called after a failed tls_socket_open(). */
void tls_socket_close(struct tls_socket *s);

/* Begin a new connection on the descriptor, as tls_end_begin() does. */
ERR_CHECK enum err tls_socket_begin(struct tls_socket *s, int fd, int64_t wall_s);

/*
 * As tls_end_shake(), tls_end_read() and tls_end_write(). TLS_WAIT_READ and TLS_WAIT_WRITE mean that the socket must
 * become readable or writable first. The caller completes the handshake before it writes.
 */
enum tls_step tls_socket_shake(struct tls_socket *s);
enum tls_step tls_socket_read(struct tls_socket *s, void *out, size_t cap, size_t *got);
enum tls_step tls_socket_write(struct tls_socket *s, struct str bytes, size_t *taken);
