/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS to the server, blocking with deadlines (agent/cli/wire.h). The server is recognised by the context's authority,
 * by its fingerprint, or by the system's authorities; its certificate must be for the name or address that was
 * dialled.
 */
#pragma once

#include "server-stub/cli/context.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTPS_CONNECT_MS 10000

struct https;

/*
 * Connect and shake hands. NULL after saying why, with *status the exit status. When `learn` is not NULL, a certificate
 * of the chain that has the wanted fingerprint and is an authority goes into learn->ca, to be kept for later.
 */
struct https *https_open(const struct context *c, struct context *learn, int *status);
void https_close(struct https *l);

/* Bytes; 0 at the end, -1 on an error, -2 when deadline_ms (clock_mono_ms, 0: none) is over. */
int https_read(struct https *l, char *out, size_t cap, int64_t deadline_ms);
bool https_write(struct https *l, const char *data, size_t len);
