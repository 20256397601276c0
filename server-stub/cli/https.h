/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TLS connection to the server that blocks, with deadlines (agent/cli/wire.h). The server's certificate must be
 * signed by the context's authority, have its fingerprint, or be signed by an authority of this machine; and it must be
 * for the name or address that was connected to.
 */
#pragma once

#include "server-stub/cli/context.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTPS_CONNECT_MS 10000

struct https;

/*
 * Connect and shake hands, up to five times if the server ends the connection before that. NULL after a message;
 * *status is the exit status. When `learn` is not NULL and an authority in the server's chain has the wanted
 * fingerprint, its certificate is written to learn->ca.
 */
struct https *https_open(const struct context *c, struct context *learn, int *status);
void https_close(struct https *l);

/* Read bytes and return their number; 0 at the end, -1 after an error, -2 when deadline_ms (of clock_mono_ms; 0: none)
 * is over. */
int https_read(struct https *l, char *out, size_t cap, int64_t deadline_ms);

/* Write all bytes. False after an error. */
bool https_write(struct https *l, const char *data, size_t len);
