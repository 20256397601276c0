/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads netlink messages and decides when an answer is complete. The bytes come from outside, so every length in them
 * is checked. Fields are copied, so the memory needs no alignment.
 */
#include "agent/base/netlink.h"

#include <endian.h>
#include <linux/netlink.h>
#include <string.h>

#define PRIVATE 4096 /* IPSET_ERR_PRIVATE; errno(3) ends before it */
#define HEADER sizeof(struct nlmsghdr)
#define ATTR sizeof(struct nlattr)

bool netlink_whole(struct view datagram, struct netlink_message *out)
{
	struct nlmsghdr header;

	view_bytes(&datagram, &header, HEADER);
	*out = (struct netlink_message){header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq, header.nlmsg_pid,
					datagram};
	return !datagram.short_read;
}

/* The length of len bytes with their padding. At the end of a datagram the padding may be missing. */
static void step_over(struct view *v, size_t len)
{
	size_t padded = NLMSG_ALIGN(len);

	(void)view_borrow(v, padded < v->len ? padded : v->len);
}

bool netlink_next(struct view *datagram, struct netlink_message *out)
{
	struct nlmsghdr header;

	if (datagram->short_read || datagram->len == 0)
		return false;
	if (datagram->len >= HEADER)
		memcpy(&header, datagram->data, HEADER);
	if (datagram->len < HEADER || header.nlmsg_len < HEADER || header.nlmsg_len > datagram->len) {
		datagram->short_read = true;
		return false;
	}
	(void)netlink_whole(view_over(datagram->data, header.nlmsg_len), out);
	step_over(datagram, header.nlmsg_len);
	return true;
}

bool netlink_take_header(struct view *body, void *header, size_t len)
{
	bool whole = !body->short_read && body->len >= len;

	view_bytes(body, header, len);
	if (whole)
		step_over(body, NLMSG_ALIGN(len) - len);
	return whole;
}

bool netlink_next_attr(struct view *attrs, struct netlink_attr *out)
{
	struct nlattr header;

	if (attrs->short_read || attrs->len == 0)
		return false;
	if (attrs->len >= ATTR)
		memcpy(&header, attrs->data, ATTR);
	if (attrs->len < ATTR || header.nla_len < ATTR || header.nla_len > attrs->len) {
		attrs->short_read = true;
		return false;
	}
	out->type = header.nla_type & NLA_TYPE_MASK;
	out->value = view_over(attrs->data + ATTR, header.nla_len - ATTR);
	step_over(attrs, header.nla_len);
	return true;
}

bool netlink_find(struct view attrs, uint16_t type, struct netlink_attr *out)
{
	while (netlink_next_attr(&attrs, out))
		if (out->type == type)
			return true;
	return false;
}

bool netlink_get_bytes(const struct netlink_attr *a, void *out, size_t len)
{
	if (a->value.len != len)
		memset(out, 0, len);
	else if (len)
		memcpy(out, a->value.data, len);
	return a->value.len == len;
}

bool netlink_get_u8(const struct netlink_attr *a, uint8_t *out)
{
	return netlink_get_bytes(a, out, sizeof(*out));
}

bool netlink_get_u16(const struct netlink_attr *a, uint16_t *out)
{
	return netlink_get_bytes(a, out, sizeof(*out));
}

bool netlink_get_u32(const struct netlink_attr *a, uint32_t *out)
{
	return netlink_get_bytes(a, out, sizeof(*out));
}

bool netlink_get_u64(const struct netlink_attr *a, uint64_t *out)
{
	return netlink_get_bytes(a, out, sizeof(*out));
}

bool netlink_get_be16(const struct netlink_attr *a, uint16_t *out)
{
	bool right = netlink_get_u16(a, out);

	*out = be16toh(*out);
	return right;
}

bool netlink_get_be32(const struct netlink_attr *a, uint32_t *out)
{
	bool right = netlink_get_u32(a, out);

	*out = be32toh(*out);
	return right;
}

uint32_t netlink_find_be32(struct view attrs, uint16_t type)
{
	struct netlink_attr attr;
	uint32_t value = UINT32_MAX;

	if (netlink_find(attrs, type, &attr))
		(void)netlink_get_be32(&attr, &value);
	return value;
}

bool netlink_get_be64(const struct netlink_attr *a, uint64_t *out)
{
	bool right = netlink_get_u64(a, out);

	*out = be64toh(*out);
	return right;
}

struct str netlink_get_text(const struct netlink_attr *a)
{
	const char *text = (const char *)a->value.data;

	return (struct str){text, a->value.len ? strnlen(text, a->value.len) : 0};
}

/* struct nlmsgerr begins with the error. NLMSG_DONE has only the error, and before Linux 2.6.32 not even that. */
/* Numbers above errno's are those of ipset (enum ipset_errno of linux/netfilter/ipset/ip_set.h). */
static enum err private_result(int32_t number)
{
	switch (number) {
	case 4098: /* IPSET_ERR_FIND_TYPE */ return ERR_UNSUPPORTED;
	case 4100: /* IPSET_ERR_BUSY */ return ERR_BUSY;
	case 4103: /* IPSET_ERR_EXIST: of an element to add; one to delete or to look for is not there */
		return ERR_EXISTS;
	case 4352: /* IPSET_ERR_HASH_FULL */ return ERR_FULL;
	default: return ERR_INVALID;
	}
}

enum err netlink_result(const struct netlink_message *m)
{
	struct view body = m->body;
	int32_t number;

	if (m->type == NLMSG_DONE && body.len == 0)
		return ERR_OK;
	if ((m->type != NLMSG_ERROR && m->type != NLMSG_DONE) || !netlink_take_header(&body, &number, sizeof(number)) ||
	    number == INT32_MIN)
		return ERR_PROTOCOL;
	/* The value at the end of a dump may be a length, which is not negative. */
	if (number > 0)
		return m->type == NLMSG_DONE ? ERR_OK : ERR_PROTOCOL;
	return -number >= PRIVATE ? private_result(-number) : err_from_errno(-number);
}

/* Handle one message. True: it completes the answer. */
static bool judge(struct netlink_wait *w, const struct netlink_message *m, const struct netlink_reader *reader)
{
	bool dump = (w->flags & NLM_F_DUMP) == NLM_F_DUMP;

	w->heard++;
	w->interrupted = w->interrupted || (m->flags & NLM_F_DUMP_INTR);
	if (m->type == NLMSG_ERROR || m->type == NLMSG_DONE) {
		if (w->result == ERR_OK)
			w->result = netlink_result(m);
		return m->type == NLMSG_DONE || m->seq == w->last_seq ||
		       (w->result != ERR_OK && m->seq == w->first_seq);
	}
	/* NLMSG_NOOP and other control messages are not replies. */
	if (m->type < NLMSG_MIN_TYPE)
		return false;
	if (reader && reader->each)
		reader->each(reader->context, m);
	return !dump && !(w->flags & NLM_F_ACK);
}

bool netlink_wait_take(struct netlink_wait *w, struct view datagram, const struct netlink_reader *reader)
{
	struct netlink_message m;

	while (netlink_next(&datagram, &m))
		if ((m.port == w->port || (w->any_port && m.port == 0)) &&
		    m.seq - w->first_seq <= w->last_seq - w->first_seq && judge(w, &m, reader))
			return true;
	return false;
}
