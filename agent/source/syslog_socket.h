/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syslog datagram socket. When net.unix.max_dgram_qlen datagrams wait in it, every program of the machine that logs
 * has to wait, too. So all datagrams are read at each wake, even if the core then has to drop events. One datagram is
 * one line, also when it has line feeds in it: a program must not be able to write a line that looks like another's.
 *
 * Any process may write to the socket, also in sshd's name. With SO_PASSCRED (unix(7)) the kernel says who sent a
 * datagram. Lines of any other real user than 0 are dropped and counted. Only a privileged program can name another
 * sender than itself. journald does that, so the lines that it forwards have the number of the process that logged.
 */
#pragma once

#include "agent/source/source.h"

#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#define SYSLOG_SOCKET_BYTES 8192 /* longer datagrams are cut and counted (RFC 5424 6.1 asks for at least 2048) */
#define SYSLOG_SOCKET_BATCH 16	 /* datagrams of one recvmmsg(2) */

#define SYSLOG_SOCKET_CONTROL CMSG_SPACE(sizeof(struct ucred))

struct feed;

struct syslog_socket {
	struct feed *feed;
	uv_poll_t poll;
	int fd;
	uint64_t lines, cut;
	uint64_t dropped; /* lines of another user than root, or of an unknown sender */
	struct mmsghdr messages[SYSLOG_SOCKET_BATCH];
	struct iovec parts[SYSLOG_SOCKET_BATCH];
	_Alignas(struct cmsghdr) char controls[SYSLOG_SOCKET_BATCH][SYSLOG_SOCKET_CONTROL];
	char bytes[SYSLOG_SOCKET_BATCH][SYSLOG_SOCKET_BYTES];
};

extern const struct source_row syslog_socket_row;
