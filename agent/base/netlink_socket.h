/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A netlink socket: requests and their answers, and notifications. Only what comes from port 0, the kernel, is believed
 * (netlink(7)). Waits never longer than NETLINK_WAIT_MS for a datagram; allocates nothing. Not pure: it is the one part
 * of the netlink layer that calls the kernel.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/netlink.h"
#include "agent/base/view.h"

#include <stddef.h>
#include <stdint.h>

#define NETLINK_WAIT_MS 1000	   /* for one datagram of an answer, which is mostly there when sendto returns */
#define NETLINK_DUMPS_MAX 8	   /* times that a dump is asked for while the kernel's list keeps changing */
#define NETLINK_STRANGERS_MAX 1024 /* datagrams with nothing for us, passed over while waiting for one answer */

struct netlink {
	int fd;	       /* -1: closed */
	uint32_t port; /* ours; messages that our requests cause carry it */
	void *in;      /* for answers, of the caller; 32 KiB or more, or the kernel's longest dumps do not fit */
	size_t in_cap;
};

/*
 * Open a socket of a protocol (NETLINK_ROUTE...) with s->in and s->in_cap set. ERR_UNSUPPORTED: not in this kernel;
 * ERR_DENIED; s->fd is -1 then, and errno that of the call that failed.
 */
ERR_CHECK enum err netlink_open(struct netlink *s, int protocol);
void netlink_close(struct netlink *s); /* errno stays */

/* Let a socket have a group's notifications (RTNLGRP_..., NFNLGRP_...). ERR_DENIED, ERR_INVALID: no such group. */
ERR_CHECK enum err netlink_join(int fd, unsigned group);

/* Let `bytes` wait in the socket before the kernel drops any. Without the privilege for it, the default stays. */
void netlink_queue(int fd, int bytes);

/*
 * Take one datagram of the kernel into memory[cap], without waiting. ERR_TIMEOUT: there is none. ERR_FULL: the kernel
 * dropped some because nobody read them (ENOBUFS), or this one did not fit: the caller must look for itself what is
 * the case now, and may go on reading.
 */
ERR_CHECK enum err netlink_receive(int fd, void *memory, size_t cap, struct view *out);

/*
 * Send what o holds, and read until its last_seq (o->seq, or less where the last messages only frame) is answered as
 * netlink_wait_take says; ERR_OK, or what the kernel answered. A dump that the kernel calls interrupted is repeated,
 * NETLINK_DUMPS_MAX times in all, then ERR_BUSY. ERR_TOO_LONG: o overflowed, nothing was sent. ERR_FULL as above,
 * ERR_TIMEOUT: no answer; both leave open whether the request was done. `reader` may be NULL.
 */
ERR_CHECK enum err netlink_ask(struct netlink *s, const struct netlink_out *o, uint32_t last_seq,
			       const struct netlink_reader *reader);
