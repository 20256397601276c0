/* SPDX-License-Identifier: Apache-2.0 */
/* What operators' keys (signer.h) sign, as members of a call. */
#pragma once

#include "server-stub/cli/opts.h"

#include <jansson.h>

#include <stddef.h>

/* A new JSON text: the bytes in base64. NULL: out of memory. */
json_t *signing_base64(const void *bytes, size_t len);

/*
 * A new list with a signature of these bytes by each of the keys named: [{"key_id": ..., "value": ...}]. NULL after a
 * message, with *status the exit status.
 */
json_t *signing_list(const struct opts_list *names, const void *bytes, size_t len, int *status);
