/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which socket a connection that the device began is of, asked of sock_diag(7) after the fact: of TCP the one socket
 * with both ends, of UDP all with the local port, because one that is not connected sends to anybody.
 */
#pragma once

#include "agent/base/netlink_socket.h"
#include "agent/common/socket_sample.h"

#include <stdbool.h>
#include <stdint.h>

struct sender {
	const struct socket_sample *connection; /* kind OPENED */
	unsigned count;				/* sockets that may have sent it */
	uint32_t inode, uid;			/* of the last one */
	uint64_t cookie;
};

/*
 * Ask the kernel, over a socket of NETLINK_SOCK_DIAG; `seq` is the number of its last request, the result that of the
 * new last one. What cannot be asked is not known. `s` begins with its connection and zeros.
 */
uint32_t sender_find(struct sender *s, struct netlink *diag, uint32_t seq);

/* Look at one answer. What is damaged, or cannot have sent the connection, is passed over. Pure. */
void sender_take(struct sender *s, const struct netlink_message *m);

/* Whether exactly one socket can have sent it, and still is a process's. */
bool sender_is_known(const struct sender *s);
