/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syslog datagram socket. It must never stall: after net.unix.max_dgram_qlen datagrams every program of the
 * machine that logs waits for the reader. So it is drained to the end at each wake, whatever becomes of the
 * lines. One datagram is one line, also when it holds line feeds: whoever logs must not be able to begin a line
 * of another program.
 *
 * Any process may write here, in sshd's name too. With SO_PASSCRED (unix(7)) the kernel says who sent a datagram: lines
 * of others than real user 0 are dropped and counted. Only a privileged relay can name another sender than itself;
 * journald does, so what it forwards still has the number of the process that logged.
 */
#pragma once

#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#define SOURCE_DATAGRAM_BYTES 8192 /* longer datagrams are cut off and counted (RFC 5424 6.1 asks for 2048) */
#define SOURCE_DATAGRAM_BATCH 16

#define SOURCE_DATAGRAM_CONTROL CMSG_SPACE(sizeof(struct ucred))

struct feed;

struct source_datagram {
	struct feed *feed;
	uv_poll_t poll;
	int fd;
	uint64_t lines, cut;
	uint64_t dropped; /* not root's, or of an unknown sender */
	struct mmsghdr messages[SOURCE_DATAGRAM_BATCH];
	struct iovec parts[SOURCE_DATAGRAM_BATCH];
	_Alignas(struct cmsghdr) char controls[SOURCE_DATAGRAM_BATCH][SOURCE_DATAGRAM_CONTROL];
	char bytes[SOURCE_DATAGRAM_BATCH][SOURCE_DATAGRAM_BYTES];
};

void source_datagram_open(struct source_datagram *d, struct feed *feed, int fd);
