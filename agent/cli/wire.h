/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS connection of a program that waits: dial, shake hands, read, write, all until a deadline. Prints nothing. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tls/tls_socket.h"

#include <stdint.h>

#define WIRE_WHY_MAX TLS_WHY_MAX

struct wire {
	int fd;			/* -1: none */
	int64_t deadline_ms;	/* of clock_mono_ms: what takes longer is ERR_TIMEOUT; 0: none. The caller sets it */
	char why[WIRE_WHY_MAX]; /* after an error: the end of a sentence */
	struct tls_socket tls;
};

/* Connect to the first address of the host that answers. ERR_NOT_FOUND (the name), ERR_CLOSED, ERR_TIMEOUT. */
ERR_CHECK enum err wire_dial(struct wire *w, const char *host, uint16_t port);

/* Shake hands. ERR_NO_MEMORY, ERR_TIMEOUT, ERR_UNTRUSTED (anything else). */
ERR_CHECK enum err wire_shake(struct wire *w, struct tls_conf *conf);

/* At least one byte, or none when the peer has said goodbye. ERR_TIMEOUT, ERR_CLOSED. */
ERR_CHECK enum err wire_read(struct wire *w, void *out, size_t cap, size_t *got);

/* All of the bytes. ERR_TIMEOUT, ERR_CLOSED. */
ERR_CHECK enum err wire_write(struct wire *w, struct str bytes);

/* Say goodbye and close. Fine after any error, and on a struct of zeros with fd -1. */
void wire_close(struct wire *w);
