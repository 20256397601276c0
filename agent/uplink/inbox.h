/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that arrived, and the whole frames among them. A device takes shorter frames than the link allows. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/uplink/uplink.h"
#include "proto/frame.h"

#include <stddef.h>
#include <stdint.h>

#define INBOX_BYTES (FRAME_HEADER + UPLINK_FRAME_MAX + UPLINK_FEED_MAX)

struct inbox {
	size_t len, taken;
	uint8_t bytes[INBOX_BYTES];
};

void inbox_reset(struct inbox *in);

/* ERR_TOO_LONG: there is no room, because frames were not taken. */
ERR_CHECK enum err inbox_put(struct inbox *in, struct str bytes);

/*
 * The next whole frame, borrowed until the next put. ERR_TRUNCATED: there is none. ERR_TOO_LONG: one comes that
 * is longer than UPLINK_FRAME_MAX, which is known from its header.
 */
ERR_CHECK enum err inbox_take(struct inbox *in, struct str *frame);
