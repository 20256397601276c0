/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the link (ALPN "caltrop/1"): a 4-byte big-endian length and that many bytes of one protobuf message
 * (ToServer or ToDevice of proto/caltrop/v1/link.proto). Incremental: feed whatever arrived, take whole frames.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 4
#define FRAME_BYTES_MAX 65536 /* of one message; longer is ERR_TOO_LONG and ends the link */

/*
 * Look for a whole frame at the start of *input. ERR_OK: *frame borrows it and *input is moved past it.
 * ERR_TRUNCATED: not whole yet, *input untouched. ERR_TOO_LONG: the header says more than FRAME_BYTES_MAX.
 */
ERR_CHECK enum err frame_take(struct str *input, struct str *frame);

/* Write the header for a message of len bytes. */
void frame_header(uint8_t out[FRAME_HEADER], size_t len);
