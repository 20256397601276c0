/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed order's bytes. One spelling per order: what decodes encodes to the same bytes, so a signature can't be
 * carried to a second spelling. Signatures themselves are checked by the actor (agent/actor/rails/mandate.c).
 */
#include "proto/order.h"

#include "agent/base/str.h"

#include <string.h>

#define ORDER_VERB_LAST 5 /* enum verb of agent/common/message.h; later ones need no new format, only a new actor */

static const char magic[4] = {'C', 'T', 'O', '1'};

/* Printable ASCII, so that it can go into any log. */
static bool text_valid(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return true;
}

static bool zero_after(const void *bytes, size_t from, size_t size)
{
	const uint8_t *b = bytes;

	for (size_t i = from; i < size; i++)
		if (b[i] != 0)
			return false;
	return true;
}

static bool targets_valid(const struct order *o)
{
	switch (o->target_kind) {
	case ORDER_DEVICES: return o->target_count >= 1 && o->target_count <= ORDER_TARGETS_MAX;
	case ORDER_GROUP: return text_valid(o->group, sizeof(o->group)) && o->group[0] != '\0';
	case ORDER_ALL: return true;
	default: return false;
	}
}

static bool address_valid(const struct order *o)
{
	size_t bytes = o->addr_family == 4 ? 4 : 16;

	if (o->addr_family == 0)
		return o->addr_prefix == 0 && zero_after(o->addr, 0, sizeof(o->addr));
	if ((o->addr_family != 4 && o->addr_family != 6) || o->addr_prefix > bytes * 8)
		return false;
	for (size_t bit = o->addr_prefix; bit < sizeof(o->addr) * 8; bit++)
		if (o->addr[bit / 8] & (0x80 >> (bit % 8)))
			return false;
	return true;
}

static bool order_valid(const struct order *o)
{
	return o->created_s >= 0 && o->not_before_s >= 0 && o->not_after_s > o->not_before_s &&
	       o->not_after_s - o->not_before_s <= ORDER_WINDOW_MAX_S && o->verb >= 1 && o->verb <= ORDER_VERB_LAST &&
	       o->flags == 0 && o->pid >= 0 && targets_valid(o) && address_valid(o) &&
	       text_valid(o->author, sizeof(o->author)) && text_valid(o->account, sizeof(o->account));
}

static void put_text(struct buf *b, const char *text)
{
	size_t len = strlen(text);

	buf_be8(b, (uint8_t)len);
	buf_bytes(b, text, len);
}

static void put_targets(struct buf *b, const struct order *o)
{
	buf_be8(b, o->target_kind);
	if (o->target_kind == ORDER_DEVICES) {
		buf_be8(b, o->target_count);
		buf_bytes(b, o->targets, (size_t)o->target_count * 16);
	} else if (o->target_kind == ORDER_GROUP) {
		put_text(b, o->group);
	}
}

enum err order_encode(struct buf *b, const struct order *order)
{
	if (!order_valid(order))
		return ERR_INVALID;
	buf_bytes(b, magic, sizeof(magic));
	buf_bytes(b, order->id, sizeof(order->id));
	buf_be64(b, (uint64_t)order->created_s);
	buf_be64(b, (uint64_t)order->not_before_s);
	buf_be64(b, (uint64_t)order->not_after_s);
	put_text(b, order->author);
	put_targets(b, order);
	buf_be16(b, order->verb);
	buf_be16(b, order->flags);
	buf_be32(b, order->duration_s);
	buf_be8(b, order->addr_family);
	buf_be8(b, order->addr_prefix);
	buf_bytes(b, order->addr, sizeof(order->addr));
	buf_be32(b, (uint32_t)order->pid);
	buf_be64(b, order->start_ticks);
	put_text(b, order->account);
	return buf_check(b);
}

/* The bytes may hold a NUL, which text_valid would not see behind. */
static bool take_text(struct view *v, char *text, size_t size)
{
	uint8_t len = view_be8(v);

	if (len >= size)
		return false;
	view_bytes(v, text, len);
	return v->short_read || memchr(text, '\0', len) == NULL;
}

static bool take_targets(struct view *v, struct order *o)
{
	o->target_kind = view_be8(v);
	if (o->target_kind == ORDER_GROUP)
		return take_text(v, o->group, sizeof(o->group));
	if (o->target_kind != ORDER_DEVICES)
		return o->target_kind == ORDER_ALL || v->short_read;
	o->target_count = view_be8(v);
	if (o->target_count > ORDER_TARGETS_MAX)
		return false;
	view_bytes(v, o->targets, (size_t)o->target_count * 16);
	return true;
}

static enum err decode(struct view *v, struct order *o)
{
	char head[sizeof(magic)];
	enum err err;

	view_bytes(v, head, sizeof(head));
	if (!v->short_read && memcmp(head, magic, sizeof(magic)) != 0)
		return ERR_INVALID;
	view_bytes(v, o->id, sizeof(o->id));
	o->created_s = (int64_t)view_be64(v);
	o->not_before_s = (int64_t)view_be64(v);
	o->not_after_s = (int64_t)view_be64(v);
	if (!take_text(v, o->author, sizeof(o->author)) || !take_targets(v, o))
		return ERR_INVALID;
	o->verb = view_be16(v);
	o->flags = view_be16(v);
	o->duration_s = view_be32(v);
	o->addr_family = view_be8(v);
	o->addr_prefix = view_be8(v);
	view_bytes(v, o->addr, sizeof(o->addr));
	o->pid = (int32_t)view_be32(v);
	o->start_ticks = view_be64(v);
	if (!take_text(v, o->account, sizeof(o->account)))
		return ERR_INVALID;
	err = view_done(v);
	if (err != ERR_OK)
		return err;
	return order_valid(o) ? ERR_OK : ERR_INVALID;
}

enum err order_decode(const uint8_t *bytes, size_t len, struct order *out)
{
	struct view v = view_over(bytes, len);
	enum err err = ERR_TOO_LONG;

	memset(out, 0, sizeof(*out));
	if (len <= ORDER_BYTES_MAX)
		err = decode(&v, out);
	if (err != ERR_OK)
		memset(out, 0, sizeof(*out));
	return err;
}

bool order_targets(const struct order *order, const uint8_t device_id[16], const char *group)
{
	if (order->target_kind == ORDER_ALL)
		return true;
	if (order->target_kind == ORDER_GROUP)
		return str_equal(str_from(order->group), str_from(group));
	for (unsigned i = 0; i < order->target_count; i++)
		if (memcmp(order->targets[i], device_id, 16) == 0)
			return true;
	return false;
}

enum err order_window(const struct order *order, int64_t wall_s)
{
	if (order->not_before_s < 0 || order->not_after_s <= order->not_before_s ||
	    order->not_after_s - order->not_before_s > ORDER_WINDOW_MAX_S)
		return ERR_INVALID;
	if (wall_s < order->not_before_s)
		return ERR_NOT_YET;
	return wall_s > order->not_after_s ? ERR_EXPIRED : ERR_OK;
}
