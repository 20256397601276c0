/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends TCP connections of this network namespace, of any user: lists them and destroys them over
 * NETLINK_SOCK_DIAG (sock_diag(7), linux/inet_diag.h; tcp_abort of the kernel). The local process gets ECONNABORTED,
 * the peer a reset, if the packet filter lets it out. Needs CAP_NET_ADMIN.
 */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/err.h"
#include "agent/base/netlink_socket.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CUT_BATCH_MAX 256 /* connections that are listed before they are destroyed */
#define CUT_ROUNDS_MAX 64 /* lists that one call asks for: 16,384 connections */

struct cut_peer {
	struct addr local, peer; /* an IPv4-mapped IPv6 address is the IPv4 address */
	uint16_t local_port, peer_port;
	uid_t uid;	/* of the socket */
	uint32_t inode; /* "socket:[inode]" in /proc/PID/fd; 0: no process has it yet, or any more */
};

/* A connection's key, as the kernel takes it back. */
struct cut_key {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t id[48]; /* struct inet_diag_sockid */
};

struct cut {
	struct netlink socket;
	uint32_t seq;
	unsigned count;
	struct cut_key keys[CUT_BATCH_MAX];
};

struct cut_report {
	unsigned destroyed;
	unsigned refused; /* by the kernel */
	bool more;	  /* some may be left: CUT_ROUNDS_MAX was reached, or CUT_BATCH_MAX were refused */
};

/*
 * Open the socket, before the process is confined. Answers are read into memory of the caller, 32 KiB or more, which
 * others may use between calls. ERR_UNSUPPORTED, ERR_DENIED; cut_close is right after an error too.
 */
ERR_CHECK enum err cut_open(struct cut *c, void *memory, size_t cap);
void cut_close(struct cut *c);

/*
 * Destroy every TCP connection, being opened, open or being closed, that `passes` does not pass. Never one to a
 * loopback address or to its own local address; other addresses of this machine `passes` must know. Listening sockets
 * stay. Put the packet filter in force first, or new ones come behind it. ERR_UNSUPPORTED: this kernel cannot
 * (its options INET_DIAG and INET_DIAG_DESTROY); *report is right after an error too.
 */
ERR_CHECK enum err cut_connections(struct cut *c, bool (*passes)(void *context, const struct cut_peer *peer),
				   void *context, struct cut_report *report);
