/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authentication records of the kernel's audit stream, by the multicast group for readers (AUDIT_NLGRP_READLOG of
 * linux/audit.h). Each becomes a line as auditd would write it, "type=USER_AUTH msg=audit(...): ...", which
 * sensors/log/audit.h decodes. The kernel drops records when they are not read in time; each such time is counted.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define AUDIT_STREAM_BYTES 9216 /* MAX_AUDIT_MESSAGE_LENGTH is 8970 */

struct feed;

struct audit_stream {
	struct feed *feed;
	uv_poll_t poll;
	int fd;
	uint64_t lines, overruns; /* overruns: how often the kernel has dropped records */
	char bytes[AUDIT_STREAM_BYTES];
	char text[AUDIT_STREAM_BYTES + 64];
};

extern const struct source_row audit_stream_row;

/*
 * Append one message (struct nlmsghdr and payload) as a line. False: it is not about authentication, or it is damaged.
 * Pure.
 */
bool audit_stream_text(const void *message, size_t len, struct buf *out);
