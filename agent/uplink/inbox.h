/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects bytes that arrived until they are whole frames (proto/frame.h). A device takes shorter ones than a service.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/uplink/uplink.h"
#include "proto/frame.h"

#include <stddef.h>
#include <stdint.h>

#define INBOX_BYTES (FRAME_HEADER + UPLINK_FRAME_MAX + UPLINK_FEED_MAX)

struct inbox {
	size_t len, taken; /* bytes in all, and of them those of frames that were taken */
	uint8_t bytes[INBOX_BYTES];
};

/* Begin empty. */
void inbox_reset(struct inbox *in);

/* Append a copy of bytes. ERR_TOO_LONG: there is no room, because the caller has not taken all frames. */
ERR_CHECK enum err inbox_put(struct inbox *in, struct str bytes);

/*
 * Take the next whole frame. It is valid until the next put. ERR_TRUNCATED: there is no whole frame. ERR_TOO_LONG: the
 * next frame is longer than UPLINK_FRAME_MAX, by its header.
 */
ERR_CHECK enum err inbox_take(struct inbox *in, struct str *frame);
