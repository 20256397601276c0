/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed order's bytes. An order of today's format has one spelling: what decodes encodes to the same bytes, so
 * that a signature can't be carried to a second spelling. The actor checks the signatures
 * (agent/actor/rails/mandate.c).
 */
#include "proto/order.h"

#include "agent/base/str.h"
#include "proto/short_text.h"

#include <stdio.h>
#include <string.h>

static const char magic[4] = {'C', 'T', 'O', '2'}, old_magic[4] = {'C', 'T', 'O', '1'};
static const char dry_magic[4] = {'C', 'T', 'O', 'D'};

static bool targets_valid(const struct order *o)
{
	switch (o->target_kind) {
	case ORDER_DEVICES: return o->target_count >= 1 && o->target_count <= ORDER_TARGETS_MAX;
	case ORDER_GROUP: return short_text_valid(o->group, sizeof(o->group)) && o->group[0] != '\0';
	case ORDER_ALL: return true;
	default: return false;
	}
}

static bool head_valid(const struct order *o)
{
	return o->created_s >= 0 && o->not_before_s >= 0 && o->not_after_s > o->not_before_s &&
	       o->not_after_s - o->not_before_s <= ORDER_WINDOW_MAX_S && targets_valid(o) &&
	       short_text_valid(o->author, sizeof(o->author));
}

static void put_targets(struct buf *b, const struct order *o)
{
	buf_be8(b, o->target_kind);
	if (o->target_kind == ORDER_DEVICES) {
		buf_be8(b, o->target_count);
		buf_bytes(b, o->targets, (size_t)o->target_count * 16);
	} else if (o->target_kind == ORDER_GROUP) {
		short_text_put(b, o->group);
	}
}

void order_steps_encode(struct buf *b, const struct order *order)
{
	buf_be8(b, order->step_count);
	for (unsigned i = 0; i < order->step_count; i++) {
		buf_be16(b, order->steps[i].args.verb);
		buf_be8(b, order->steps[i].when);
		verb_args_encode(b, &order->steps[i].args);
	}
}

enum err order_encode(struct buf *b, const struct order *order)
{
	char why[ORDER_WHY_MAX];
	size_t before = b->len;

	if (!head_valid(order) || order_check_steps(order, why) != ERR_OK)
		return ERR_INVALID;
	buf_bytes(b, order->dry_run ? dry_magic : magic, sizeof(magic));
	buf_bytes(b, order->id, sizeof(order->id));
	buf_be64(b, (uint64_t)order->created_s);
	buf_be64(b, (uint64_t)order->not_before_s);
	buf_be64(b, (uint64_t)order->not_after_s);
	short_text_put(b, order->author);
	put_targets(b, order);
	order_steps_encode(b, order);
	return b->len - before > ORDER_BYTES_MAX ? ERR_TOO_LONG : buf_check(b);
}

static bool take_targets(struct view *v, struct order *o)
{
	o->target_kind = view_be8(v);
	if (o->target_kind == ORDER_GROUP)
		return short_text_take(v, o->group, sizeof(o->group));
	if (o->target_kind != ORDER_DEVICES)
		return o->target_kind == ORDER_ALL || v->short_read;
	o->target_count = view_be8(v);
	if (o->target_count > ORDER_TARGETS_MAX)
		return false;
	view_bytes(v, o->targets, (size_t)o->target_count * 16);
	return true;
}

static enum err say(enum err err, char why[ORDER_WHY_MAX], const char *what)
{
	snprintf(why, ORDER_WHY_MAX, "%s.", what);
	return err;
}

static enum err take_step(struct view *v, struct order *o, unsigned i, char why[ORDER_WHY_MAX])
{
	struct order_step *step = &o->steps[i];
	char what[VERB_WHY_MAX] = "";
	enum err err;

	step->args.verb = view_be16(v);
	step->when = view_be8(v);
	if (v->short_read)
		return ERR_TRUNCATED;
	err = verb_row(step->args.verb) ? verb_args_decode(v, &step->args, what) : verb_args_check(&step->args, what);
	if (err != ERR_OK)
		snprintf(why, ORDER_WHY_MAX, "Step %u: %s", i + 1, what);
	return err;
}

enum err order_steps_decode(struct view *v, struct order *o, char why[ORDER_WHY_MAX])
{
	enum err err = ERR_OK;

	o->step_count = view_be8(v);
	if (o->step_count > ORDER_STEPS_MAX || (o->step_count == 0 && !v->short_read)) {
		snprintf(why, ORDER_WHY_MAX, "An order has 1 to %d steps, this one has %u.", ORDER_STEPS_MAX,
			 (unsigned)o->step_count);
		return ERR_INVALID;
	}
	for (unsigned i = 0; i < o->step_count && err == ERR_OK; i++)
		err = take_step(v, o, i, why);
	return err;
}

/* The one verb of the format before; unused fields had to be zero, and so one spelling was all there was. */
static enum err take_old(struct view *v, struct order *o, char why[ORDER_WHY_MAX])
{
	struct verb_args *args = &o->steps[0].args;
	uint16_t flags;

	o->step_count = 1;
	args->verb = view_be16(v);
	flags = view_be16(v);
	args->duration_s = view_be32(v);
	args->addr.family = view_be8(v);
	args->addr.prefix = view_be8(v);
	view_bytes(v, args->addr.bytes, sizeof(args->addr.bytes));
	args->addr = addr_plain(&args->addr);
	args->pid = (int32_t)view_be32(v);
	args->start_ticks = view_be64(v);
	if (flags != 0 || !short_text_take(v, args->account, sizeof(args->account)))
		return say(ERR_INVALID, why, "An order of the old format has a field out of its range");
	return ERR_OK;
}

static enum err decode(struct view *v, struct order *o, char why[ORDER_WHY_MAX])
{
	char head[sizeof(magic)];
	bool old;
	enum err err;

	view_bytes(v, head, sizeof(head));
	old = memcmp(head, old_magic, sizeof(head)) == 0;
	o->dry_run = memcmp(head, dry_magic, sizeof(head)) == 0;
	if (!v->short_read && !old && !o->dry_run && memcmp(head, magic, sizeof(head)) != 0)
		return say(ERR_INVALID, why, "It is not an order in a format of this build");
	view_bytes(v, o->id, sizeof(o->id));
	o->created_s = (int64_t)view_be64(v);
	o->not_before_s = (int64_t)view_be64(v);
	o->not_after_s = (int64_t)view_be64(v);
	if (!short_text_take(v, o->author, sizeof(o->author)) || !take_targets(v, o))
		return say(ERR_INVALID, why, "Its author or its targets are out of their range");
	err = old ? take_old(v, o, why) : order_steps_decode(v, o, why);
	if (err == ERR_OK && view_done(v) != ERR_OK)
		return say(view_done(v), why, v->short_read ? "It ends before it is complete" : "Bytes follow its end");
	if (err != ERR_OK)
		return v->short_read ? say(ERR_TRUNCATED, why, "It ends before it is complete") : err;
	return head_valid(o) ? order_check_steps(o, why)
			     : say(ERR_INVALID, why, "Its window, author or targets make no sense");
}

enum err order_decode(const uint8_t *bytes, size_t len, struct order *out, char why[ORDER_WHY_MAX])
{
	struct view v = view_over(bytes, len);
	uint8_t id[sizeof(out->id)];
	enum err err;

	memset(out, 0, sizeof(*out));
	err = len <= ORDER_BYTES_MAX ? decode(&v, out, why)
				     : say(ERR_TOO_LONG, why, "It is longer than an order can be");
	if (err == ERR_OK)
		return ERR_OK;
	memcpy(id, out->id, sizeof(id));
	memset(out, 0, sizeof(*out));
	if (len >= sizeof(magic) + sizeof(id))
		memcpy(out->id, id, sizeof(id));
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
