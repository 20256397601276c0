/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication records of the kernel's audit stream, by the multicast group for readers (AUDIT_NLGRP_READLOG of
 * linux/audit.h). They become the text auditd would write, "type=USER_AUTH msg=audit(...): ...", of which
 * sensors/audit.h knows the rest. What the kernel had to drop because we were slow is counted.
 */
#pragma once

#include "agent/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define SOURCE_NETLINK_BYTES 9216 /* MAX_AUDIT_MESSAGE_LENGTH is 8970 */

struct feed;

struct source_netlink {
	struct feed *feed;
	uv_poll_t poll;
	int fd;
	uint64_t lines, overruns;
	char bytes[SOURCE_NETLINK_BYTES];
	char text[SOURCE_NETLINK_BYTES + 64];
};

void source_netlink_open(struct source_netlink *n, struct feed *feed, int fd);

/* Write the text of one message (struct nlmsghdr and payload). False: not about authentication, or damaged. Pure. */
bool source_netlink_text(const void *message, size_t len, struct buf *out);
