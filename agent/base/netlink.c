/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes netlink messages. Everything is copied byte by byte, so the memory needs no alignment. netlink_read.c reads
 * messages.
 */
#include "agent/base/netlink.h"

#include "agent/base/require.h"

#include <endian.h>
#include <linux/netlink.h>
#include <string.h>

#define HEADER sizeof(struct nlmsghdr)
#define ATTR sizeof(struct nlattr)

_Static_assert(HEADER % NLMSG_ALIGNTO == 0 && ATTR % NLA_ALIGNTO == 0 && NLMSG_ALIGNTO == NLA_ALIGNTO,
	       "headers need no padding of their own");

struct netlink_out netlink_over(void *memory, size_t cap)
{
	return (struct netlink_out){.data = memory, .cap = cap, .first_seq = 1};
}

void netlink_clear(struct netlink_out *o)
{
	o->len = o->message = 0;
	o->overflow = false;
	o->first_seq = o->seq + 1;
}

enum err netlink_check(const struct netlink_out *o)
{
	return o->overflow ? ERR_TOO_LONG : ERR_OK;
}

/* Reserve len bytes and their padding. NULL: they do not fit. */
static uint8_t *room(struct netlink_out *o, size_t len)
{
	size_t left = o->cap - o->len, padded = NLMSG_ALIGN(len);
	uint8_t *at;

	if (o->overflow || len > left || padded > left) {
		o->overflow = true;
		return NULL;
	}
	at = o->data + o->len;
	memset(at + len, 0, padded - len);
	o->len += padded;
	return at;
}

/* As room(), and makes the last message longer by that. */
static uint8_t *room_inside(struct netlink_out *o, size_t len)
{
	uint8_t *at;
	uint32_t whole;

	require(o->overflow || o->len - o->message >= HEADER);
	at = room(o, len);
	whole = (uint32_t)(o->len - o->message);
	if (at)
		memcpy(o->data + o->message + offsetof(struct nlmsghdr, nlmsg_len), &whole, sizeof(whole));
	return at;
}

void netlink_begin(struct netlink_out *o, uint16_t type, uint16_t flags)
{
	struct nlmsghdr header = {.nlmsg_len = HEADER, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags};
	uint8_t *at;

	o->message = o->len;
	header.nlmsg_seq = ++o->seq;
	at = room(o, HEADER);
	if (at)
		memcpy(at, &header, HEADER);
}

void netlink_flags(struct netlink_out *o, uint16_t flags)
{
	struct nlmsghdr header;

	if (o->overflow)
		return;
	require(o->len - o->message >= HEADER);
	memcpy(&header, o->data + o->message, HEADER);
	header.nlmsg_flags |= flags;
	memcpy(o->data + o->message, &header, HEADER);
}

void netlink_header(struct netlink_out *o, const void *header, size_t len)
{
	uint8_t *at = room_inside(o, len);

	if (at)
		memcpy(at, header, len);
}

void netlink_bytes(struct netlink_out *o, uint16_t type, const void *data, size_t len)
{
	struct nlattr header = {.nla_len = (uint16_t)(ATTR + len), .nla_type = type};
	uint8_t *at = NULL;

	if (len > UINT16_MAX - ATTR)
		o->overflow = true;
	else
		at = room_inside(o, ATTR + len);
	if (!at)
		return;
	memcpy(at, &header, ATTR);
	if (len)
		memcpy(at + ATTR, data, len);
}

void netlink_u8(struct netlink_out *o, uint16_t type, uint8_t value)
{
	netlink_bytes(o, type, &value, sizeof(value));
}

void netlink_u16(struct netlink_out *o, uint16_t type, uint16_t value)
{
	netlink_bytes(o, type, &value, sizeof(value));
}

void netlink_u32(struct netlink_out *o, uint16_t type, uint32_t value)
{
	netlink_bytes(o, type, &value, sizeof(value));
}

void netlink_u64(struct netlink_out *o, uint16_t type, uint64_t value)
{
	netlink_bytes(o, type, &value, sizeof(value));
}

void netlink_be16(struct netlink_out *o, uint16_t type, uint16_t value)
{
	netlink_u16(o, type, htobe16(value));
}

void netlink_be32(struct netlink_out *o, uint16_t type, uint32_t value)
{
	netlink_u32(o, type, htobe32(value));
}

void netlink_be64(struct netlink_out *o, uint16_t type, uint64_t value)
{
	netlink_u64(o, type, htobe64(value));
}

void netlink_text(struct netlink_out *o, uint16_t type, const char *text)
{
	netlink_bytes(o, type, text, strlen(text) + 1);
}

size_t netlink_nest(struct netlink_out *o, uint16_t type)
{
	size_t nest = o->len;

	netlink_bytes(o, NLA_F_NESTED | type, NULL, 0);
	return nest;
}

void netlink_nest_end(struct netlink_out *o, size_t nest)
{
	uint16_t len = (uint16_t)(o->len - nest);

	if (o->overflow)
		return;
	require(nest >= o->message + HEADER && o->len - nest >= ATTR);
	if (o->len - nest > UINT16_MAX)
		o->overflow = true;
	else
		memcpy(o->data + nest + offsetof(struct nlattr, nla_len), &len, sizeof(len));
}
