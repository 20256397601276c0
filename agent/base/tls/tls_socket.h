/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a TLS connection over a connected, non-blocking stream socket, for whoever has a file descriptor. Nothing
 * here waits: the caller does, for what the step says. What is not named here is asked of `end` (tls_end.h).
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tls/tls_end.h"

#define TLS_SOCKET_BYTES 4096 /* read from the socket at once */

struct tls_socket {
	struct tls_end *end; /* NULL: tls_socket_open failed, or was not called */
	int fd;
	char bytes[TLS_SOCKET_BYTES];
};

/* Prepare for connections over conf, one after another. ERR_NO_MEMORY. s must not move until tls_socket_close. */
ERR_CHECK enum err tls_socket_open(struct tls_socket *s, struct tls_conf *conf);

/* The descriptor stays the caller's. Fine after a failed tls_socket_open. */
void tls_socket_close(struct tls_socket *s);

/* Begin on a new connection; see tls_end_begin. */
ERR_CHECK enum err tls_socket_begin(struct tls_socket *s, int fd, int64_t wall_s);

/* As tls_end_*; TLS_WAIT_READ and TLS_WAIT_WRITE are about the socket. Shake hands before writing. */
enum tls_step tls_socket_shake(struct tls_socket *s);
enum tls_step tls_socket_read(struct tls_socket *s, void *out, size_t cap, size_t *got);
enum tls_step tls_socket_write(struct tls_socket *s, struct str bytes, size_t *taken);
