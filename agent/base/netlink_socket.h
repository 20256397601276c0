/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A netlink socket: sends requests and receives their answers and notifications. Only datagrams from port 0, the
 * kernel, are trusted (netlink(7)). It waits at most NETLINK_WAIT_MS for a datagram and allocates nothing. Of the
 * netlink layer, only this part calls the kernel.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/netlink.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETLINK_WAIT_MS 1000	   /* for one datagram of an answer; usually it has arrived when sendto(2) returns */
#define NETLINK_DUMPS_MAX 8	   /* how often a dump is repeated while the kernel's list changes during it */
#define NETLINK_STRANGERS_MAX 1024 /* other datagrams that are ignored while waiting for one answer */

struct netlink {
	int fd;	       /* -1: closed */
	uint32_t port; /* the socket's own; the answers to its requests carry it */
	bool any_port; /* or 0, as those of NETLINK_AUDIT since Linux 4.12; false once it is open */
	void *in;      /* the caller's memory for answers; the kernel's longest dumps need 32 KiB */
	size_t in_cap;
};

/*
 * Open a socket of a protocol (NETLINK_ROUTE...). The caller has set s->in and s->in_cap. ERR_UNSUPPORTED: the kernel
 * does not have the protocol. ERR_DENIED. After an error s->fd is -1, and errno is that of the call that failed.
 */
ERR_CHECK enum err netlink_open(struct netlink *s, int protocol);

/*
 * Use a socket that another process opened and passed. What waits in it, an old dump perhaps, is read and thrown away.
 * The caller has set s->in and s->in_cap. ERR_INVALID: it is no netlink socket.
 */
ERR_CHECK enum err netlink_adopt(struct netlink *s, int fd);

/* Close the socket. errno does not change. */
void netlink_close(struct netlink *s);

/*
 * Join a group, to get its notifications (RTNLGRP_..., NFNLGRP_...). ERR_DENIED. ERR_INVALID: there is no such group.
 */
ERR_CHECK enum err netlink_join(int fd, unsigned group);

/*
 * Set how many bytes may wait in the socket before the kernel drops datagrams. It has no effect without the privilege.
 */
void netlink_queue(int fd, int bytes);

/* How many datagrams the kernel has dropped at this socket since it was opened. False: the kernel does not say (4.12).
 */
bool netlink_dropped(int fd, uint64_t *count);

/*
 * Receive one datagram of the kernel into memory[cap], without waiting. ERR_TIMEOUT: there is none. ERR_FULL: the
 * kernel has dropped datagrams that were not read in time (ENOBUFS), or this one did not fit. The caller may read on,
 * and must ask the kernel anew for the state that the notifications were about.
 */
ERR_CHECK enum err netlink_receive(int fd, void *memory, size_t cap, struct view *out);

/*
 * Send the messages of o, and read until the message last_seq is answered, as netlink_wait_take() decides. last_seq is
 * o->seq, or less when the messages after it only end a transaction. The result is the kernel's answer. When the kernel
 * says that a dump was interrupted, it is repeated, at most NETLINK_DUMPS_MAX times in all; then ERR_BUSY.
 * ERR_TOO_LONG: o has overflowed, and nothing was sent. ERR_FULL, as above, and ERR_TIMEOUT, no answer: the request may
 * or may not have been carried out. `reader` may be NULL.
 */
ERR_CHECK enum err netlink_ask(struct netlink *s, const struct netlink_out *o, uint32_t last_seq,
			       const struct netlink_reader *reader);
