/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS connection that blocks until a deadline: connect, shake hands, read, write. It prints nothing. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tls/tls_socket.h"

#include <stdbool.h>
#include <stdint.h>

#define WIRE_WHY_MAX TLS_WHY_MAX

struct wire {
	int fd;			/* -1: none */
	int64_t deadline_ms;	/* of clock_mono_ms; after it calls return ERR_TIMEOUT; 0: none. The caller sets it */
	char why[WIRE_WHY_MAX]; /* after an error: the end of a sentence */
	bool closed;		/* after an error: the peer ended the connection, and said nothing */
	struct tls_socket tls;
};

/* Connect to the first address of the host that answers. ERR_NOT_FOUND (the name), ERR_CLOSED, ERR_TIMEOUT. */
ERR_CHECK enum err wire_dial(struct wire *w, const char *host, uint16_t port);

/* Shake hands. ERR_NO_MEMORY, ERR_TIMEOUT, ERR_UNTRUSTED (anything else). */
ERR_CHECK enum err wire_shake(struct wire *w, struct tls_conf *conf);

/* Read at least one byte; *got is 0 when the peer has ended the connection. ERR_TIMEOUT, ERR_CLOSED. */
ERR_CHECK enum err wire_read(struct wire *w, void *out, size_t cap, size_t *got);

/* Write all of the bytes. ERR_TIMEOUT, ERR_CLOSED. */
ERR_CHECK enum err wire_write(struct wire *w, struct str bytes);

/* End the connection. It may be called after any error, and on a struct of zeros with fd -1. */
void wire_close(struct wire *w);
