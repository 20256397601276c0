/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink messages (netlink(7), linux/netlink.h) for every family: written into memory of the caller, and read from
 * bytes that came from outside. No length that the bytes claim is believed. Sends nothing; netlink_socket.h does.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A writer of one or more messages. What fits is written whole, padded with zeros to four bytes; what does not fit sets
 * `overflow`, and nothing more is written. The caller checks once at the end; netlink_socket.h refuses to send it.
 */
struct netlink_out {
	uint8_t *data;
	size_t len, cap;
	size_t message; /* where the message under construction starts */
	bool overflow;
	uint32_t first_seq; /* of the first message in data */
	uint32_t seq;	    /* of the last message begun; goes on over netlink_clear */
};

struct netlink_out netlink_over(void *memory, size_t cap);

/* Forget what was written. The next message has the number behind the last one. */
void netlink_clear(struct netlink_out *o);

/* ERR_TOO_LONG once anything did not fit. */
ERR_CHECK enum err netlink_check(const struct netlink_out *o);

/* Begin a message behind those that are there. Its length is right at any time; NLM_F_REQUEST is always set. */
void netlink_begin(struct netlink_out *o, uint16_t type, uint16_t flags);

/* Set more flags (NLM_F_...) in the message under construction. */
void netlink_flags(struct netlink_out *o, uint16_t flags);

/* Append the family's own header (struct nfgenmsg, struct rtmsg...), right behind netlink_begin. */
void netlink_header(struct netlink_out *o, const void *header, size_t len);

/* Append an attribute to the message or to the open nest: integers in the host's order, then in the network's. */
void netlink_u8(struct netlink_out *o, uint16_t type, uint8_t value);
void netlink_u16(struct netlink_out *o, uint16_t type, uint16_t value);
void netlink_u32(struct netlink_out *o, uint16_t type, uint32_t value);
void netlink_u64(struct netlink_out *o, uint16_t type, uint64_t value);
void netlink_be16(struct netlink_out *o, uint16_t type, uint16_t value);
void netlink_be32(struct netlink_out *o, uint16_t type, uint32_t value);
void netlink_be64(struct netlink_out *o, uint16_t type, uint64_t value);
void netlink_text(struct netlink_out *o, uint16_t type, const char *text); /* with its NUL */
void netlink_bytes(struct netlink_out *o, uint16_t type, const void *data, size_t len);

/* Open a nest (NLA_F_NESTED is set); what follows is inside until netlink_nest_end gets what this returned. */
size_t netlink_nest(struct netlink_out *o, uint16_t type);
void netlink_nest_end(struct netlink_out *o, size_t nest);

/* A message that was read. All views borrow the datagram's memory. */
struct netlink_message {
	uint16_t type, flags;
	uint32_t seq, port;
	struct view body; /* what is behind struct nlmsghdr */
};

struct netlink_attr {
	uint16_t type;	   /* without NLA_F_NESTED and NLA_F_NET_BYTEORDER */
	struct view value; /* of a nest: the attributes inside */
};

/*
 * Take the next message off a datagram. False: there is none. A message that claims to be shorter than its header or
 * longer than the datagram ends it and sets short_read.
 */
bool netlink_next(struct view *datagram, struct netlink_message *out);

/*
 * The one message of a datagram, whatever length it claims: audit records are counted without their header (kernel,
 * audit_log_end). False: shorter than a header.
 */
bool netlink_whole(struct view datagram, struct netlink_message *out);

/* Take the family's header off a message's body. False: shorter than that; `header` is zeros. */
bool netlink_take_header(struct view *body, void *header, size_t len);

/* Take the next attribute off, as netlink_next does. */
bool netlink_next_attr(struct view *attrs, struct netlink_attr *out);

/* The first attribute of a type. False: there is none. */
bool netlink_find(struct view attrs, uint16_t type, struct netlink_attr *out);

/* The value of an attribute. False: it has another length, and *out is 0. */
bool netlink_get_u8(const struct netlink_attr *a, uint8_t *out);
bool netlink_get_u16(const struct netlink_attr *a, uint16_t *out);
bool netlink_get_u32(const struct netlink_attr *a, uint32_t *out);
bool netlink_get_u64(const struct netlink_attr *a, uint64_t *out);
bool netlink_get_be16(const struct netlink_attr *a, uint16_t *out);
bool netlink_get_be32(const struct netlink_attr *a, uint32_t *out);
bool netlink_get_be64(const struct netlink_attr *a, uint64_t *out);
bool netlink_get_bytes(const struct netlink_attr *a, void *out, size_t len);

/* The text of an attribute up to its first NUL, which may be missing. */
struct str netlink_get_text(const struct netlink_attr *a);

/* What NLMSG_ERROR (ERR_OK: an acknowledgement) or NLMSG_DONE says. ERR_PROTOCOL: nothing that it may say. */
ERR_CHECK enum err netlink_result(const struct netlink_message *m);

/* Who looks at the replies to a request. */
struct netlink_reader {
	void (*each)(void *context, const struct netlink_message *m); /* NULL: nobody */
	void (*again)(void *context); /* a dump begins anew: forget what `each` saw; NULL: twice does no harm */
	void *context;
};

/* What the kernel still has to say about a request. netlink_socket.c fills it in. */
struct netlink_wait {
	uint32_t port; /* ours */
	uint32_t first_seq, last_seq;
	uint16_t flags; /* of the message numbered last_seq */
	unsigned heard; /* messages that were for us */
	bool interrupted;
	enum err result;
};

/*
 * Judge one datagram; replies go to `reader`. True: the answer is complete and w->result says how it went. That is
 * after the end of a dump (NLM_F_DUMP), the acknowledgement of last_seq (NLM_F_ACK), an error for it, or else the
 * first reply. Several messages are taken as one transaction: the first error is the result, and one for first_seq is
 * the last word. Answers to other requests are passed over. w->interrupted: the kernel's list changed while it was
 * dumped (NLM_F_DUMP_INTR), so entries may be missing.
 */
bool netlink_wait_take(struct netlink_wait *w, struct view datagram, const struct netlink_reader *reader);
