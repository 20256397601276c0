/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syslog datagram socket. It must never stall: after net.unix.max_dgram_qlen datagrams every program of the
 * machine that logs waits for the reader. So it is drained to the end at each wake, whatever becomes of the
 * lines. One datagram is one line, also when it holds line feeds: whoever logs must not be able to begin a line
 * of another program.
 */
#pragma once

#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#define SOURCE_DATAGRAM_BYTES 8192	/* longer datagrams are cut off and counted (RFC 5424 6.1 asks for 2048) */
#define SOURCE_DATAGRAM_BATCH 16

struct feed;

struct source_datagram {
	struct feed *feed;
	uv_poll_t poll;
	int fd;
	uint64_t lines, cut;
	struct mmsghdr messages[SOURCE_DATAGRAM_BATCH];
	struct iovec parts[SOURCE_DATAGRAM_BATCH];
	char bytes[SOURCE_DATAGRAM_BATCH][SOURCE_DATAGRAM_BYTES];
};

void source_datagram_open(struct source_datagram *d, struct feed *feed, int fd);
