/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink messages (netlink(7), linux/netlink.h) of every family. They are written into memory of the caller, and read
 * from bytes of outside; every length in those bytes is checked. netlink_socket.h sends and receives them. Pure.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A writer of one or more messages. An append that fits is written whole, with zeros up to a multiple of four bytes.
 * One that does not fit sets `overflow`, and nothing is written after it. The caller checks once, at the end;
 * netlink_socket.h does not send messages that have overflowed.
 */
struct netlink_out {
	uint8_t *data;
	size_t len, cap;
	size_t message; /* the offset of the last message */
	bool overflow;
	uint32_t first_seq; /* the number of the first message in data */
	uint32_t seq;	    /* the number of the last message; netlink_clear() keeps it */
};

/* An empty writer over cap bytes of memory, which must outlive it. */
struct netlink_out netlink_over(void *memory, size_t cap);

/* Remove all messages. The next message gets the number after the last one. */
void netlink_clear(struct netlink_out *o);

/* ERR_TOO_LONG when any append did not fit, else ERR_OK. */
ERR_CHECK enum err netlink_check(const struct netlink_out *o);

/* Begin a new message after the last one. NLM_F_REQUEST is always set. Every append updates the message's length. */
void netlink_begin(struct netlink_out *o, uint16_t type, uint16_t flags);

/* Set further flags (NLM_F_...) in the last message. */
void netlink_flags(struct netlink_out *o, uint16_t flags);

/* Append the family's own header (struct nfgenmsg, struct rtmsg...). Call it right after netlink_begin(). */
void netlink_header(struct netlink_out *o, const void *header, size_t len);

/*
 * Append an attribute to the message or to the open nest. Integers have the host's byte order; be16 to be64,
 * big-endian.
 */
void netlink_u8(struct netlink_out *o, uint16_t type, uint8_t value);
void netlink_u16(struct netlink_out *o, uint16_t type, uint16_t value);
void netlink_u32(struct netlink_out *o, uint16_t type, uint32_t value);
void netlink_u64(struct netlink_out *o, uint16_t type, uint64_t value);
void netlink_be16(struct netlink_out *o, uint16_t type, uint16_t value);
void netlink_be32(struct netlink_out *o, uint16_t type, uint32_t value);
void netlink_be64(struct netlink_out *o, uint16_t type, uint64_t value);
void netlink_text(struct netlink_out *o, uint16_t type, const char *text); /* with its NUL */
void netlink_bytes(struct netlink_out *o, uint16_t type, const void *data, size_t len);

/* Open a nest, an attribute with NLA_F_NESTED. What is appended is inside of it until netlink_nest_end(). */
size_t netlink_nest(struct netlink_out *o, uint16_t type);

/* Close the nest for which netlink_nest() has returned this value. */
void netlink_nest_end(struct netlink_out *o, size_t nest);

/* A message that was read. Its views point into the datagram. */
struct netlink_message {
	uint16_t type, flags;
	uint32_t seq, port;
	struct view body; /* the bytes after struct nlmsghdr */
};

struct netlink_attr {
	uint16_t type;	   /* without NLA_F_NESTED and NLA_F_NET_BYTEORDER */
	struct view value; /* of a nest: the attributes inside */
};

/*
 * Take the next message of a datagram. False: there is none. A message whose length is less than its header's or more
 * than the datagram's ends the datagram and sets short_read.
 */
bool netlink_next(struct view *datagram, struct netlink_message *out);

/*
 * Read a datagram as one message, and ignore the message's own length: that of an audit record does not count the
 * header (audit_log_end() of the kernel). False: the datagram is shorter than a header.
 */
bool netlink_whole(struct view datagram, struct netlink_message *out);

/* Take the family's header from a message's body. False: the body is shorter; `header` is then zeros. */
bool netlink_take_header(struct view *body, void *header, size_t len);

/* Take the next attribute. False, and short_read, as with netlink_next(). */
bool netlink_next_attr(struct view *attrs, struct netlink_attr *out);

/* Find the first attribute of a type. False: there is none. */
bool netlink_find(struct view attrs, uint16_t type, struct netlink_attr *out);

/* Read the value of an attribute. False: its length is another one, and *out is 0. */
bool netlink_get_u8(const struct netlink_attr *a, uint8_t *out);
bool netlink_get_u16(const struct netlink_attr *a, uint16_t *out);
bool netlink_get_u32(const struct netlink_attr *a, uint32_t *out);
bool netlink_get_u64(const struct netlink_attr *a, uint64_t *out);
bool netlink_get_be16(const struct netlink_attr *a, uint16_t *out);
bool netlink_get_be32(const struct netlink_attr *a, uint32_t *out);

/* The number in the first attribute of that type; UINT32_MAX: there is none, or it is no such number. */
uint32_t netlink_find_be32(struct view attrs, uint16_t type);
bool netlink_get_be64(const struct netlink_attr *a, uint64_t *out);
bool netlink_get_bytes(const struct netlink_attr *a, void *out, size_t len);

/* The text of an attribute up to its first NUL, which may be missing. */
struct str netlink_get_text(const struct netlink_attr *a);

/*
 * The error of NLMSG_ERROR or NLMSG_DONE. ERR_OK: it acknowledges the request. ERR_PROTOCOL: its value is not allowed.
 * ERR_EXISTS also for ipset, of an element to add; to delete or to look for: it is not there.
 */
ERR_CHECK enum err netlink_result(const struct netlink_message *m);

/* Gets the replies to a request. */
struct netlink_reader {
	void (*each)(void *context, const struct netlink_message *m); /* called for each reply; NULL: ignore them */
	void (*again)(
		void *context); /* a dump is repeated: drop its earlier replies; NULL: getting them twice is fine */
	void *context;
};

/* A request that waits for its answer. netlink_socket.c fills it in. */
struct netlink_wait {
	uint32_t port; /* the socket's own */
	bool any_port; /* answers may bear port 0 */
	uint32_t first_seq, last_seq;
	uint16_t flags; /* of the message with the number last_seq */
	unsigned heard; /* messages for this socket */
	bool interrupted;
	enum err result;
};

/*
 * Handle one datagram, and give replies to `reader`. True: the answer is complete, and w->result is its error. An
 * answer is complete at the end of a dump (NLM_F_DUMP), at the acknowledgement of last_seq (NLM_F_ACK), at an error for
 * it, or else at the first reply. Several messages are one transaction: its result is the first error, and an error for
 * first_seq completes it. Answers to other requests are ignored. w->interrupted: the kernel's list changed during the
 * dump (NLM_F_DUMP_INTR), so entries may be missing.
 */
bool netlink_wait_take(struct netlink_wait *w, struct view datagram, const struct netlink_reader *reader);
