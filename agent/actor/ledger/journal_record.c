/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the undo journal to and from bytes. Pure; the file is journal.c's. */
#include "agent/actor/ledger/journal.h"

#include "agent/base/hash.h"
#include "agent/base/view.h"

#include <string.h>

static void put_text(struct buf *b, struct str text)
{
	buf_be16(b, (uint16_t)text.len);
	buf_put(b, text);
}

static void put_args(struct buf *b, const struct verb_args *args)
{
	buf_be16(b, args->verb);
	verb_args_encode(b, args);
}

static void put_effect(struct buf *b, const struct journal_record *r)
{
	put_args(b, &r->args);
	buf_be8(b, r->origin);
	buf_be64(b, r->rule_hash);
	buf_bytes(b, r->incident, sizeof(r->incident));
	buf_bytes(b, r->id, sizeof(r->id));
	buf_be64(b, (uint64_t)r->wall_us);
	buf_be32(b, r->duration_s);
	buf_be64(b, (uint64_t)r->expires_mono_us);
	buf_be64(b, (uint64_t)r->expires_wall_us);
	buf_bytes(b, r->boot, sizeof(r->boot));
	put_text(b, r->text);
}

static void put_outcome(struct buf *b, const struct journal_record *r)
{
	buf_bytes(b, r->id, sizeof(r->id));
	buf_be8(b, r->step);
	buf_be8(b, r->steps);
	buf_be8(b, r->result);
	buf_be8(b, r->err);
	buf_be8(b, r->verified);
	buf_be8(b, r->outcome);
	buf_be32(b, r->count);
	buf_be64(b, (uint64_t)r->expires_wall_us);
	put_text(b, r->text);
	put_text(b, r->sealed);
}

static size_t text_max(uint8_t kind)
{
	return kind == JOURNAL_STEPS ? JOURNAL_STEPS_MAX : JOURNAL_TEXT_MAX;
}

static void put_body(struct buf *b, const struct journal_record *r)
{
	switch (r->kind) {
	case JOURNAL_BAN:
		addr_save(b, &r->addr);
		buf_be8(b, r->origin);
		put_text(b, str_from(r->rule));
		buf_bytes(b, r->incident, sizeof(r->incident));
		buf_be32(b, r->duration_s);
		buf_be64(b, (uint64_t)r->expires_mono_us);
		buf_be64(b, (uint64_t)r->expires_wall_us);
		buf_bytes(b, r->boot, sizeof(r->boot));
		break;
	case JOURNAL_UNBAN: addr_save(b, &r->addr); break;
	case JOURNAL_EFFECT: put_effect(b, r); break;
	case JOURNAL_ENDED: put_args(b, &r->args); break;
	case JOURNAL_ORDER:
		buf_bytes(b, r->id, sizeof(r->id));
		buf_be64(b, (uint64_t)r->until_wall_s);
		break;
	case JOURNAL_STEPS:
		buf_bytes(b, r->id, sizeof(r->id));
		put_text(b, r->text);
		break;
	case JOURNAL_OUTCOME: put_outcome(b, r); break;
	case JOURNAL_SECRET:
		buf_bytes(b, r->id, sizeof(r->id));
		buf_be8(b, r->step);
		put_text(b, r->sealed);
		break;
	case JOURNAL_PLAY:
		buf_bytes(b, r->id, sizeof(r->id));
		put_text(b, str_from(r->rule));
		buf_bytes(b, r->incident, sizeof(r->incident));
		break;
	default:
		put_text(b, str_from(r->account));
		buf_be64(b, (uint64_t)r->wall_us);
		put_text(b, r->text);
		break;
	}
}

enum err journal_encode(struct buf *b, const struct journal_record *record)
{
	uint8_t memory[JOURNAL_HEADER + JOURNAL_BODY_MAX];
	struct buf whole = buf_over(memory, sizeof(memory));
	uint8_t body[JOURNAL_BODY_MAX];
	struct buf inner = buf_over(body, sizeof(body));
	uint8_t crc[4];
	struct buf front = buf_over(crc, sizeof(crc));

	if (record->kind == 0 || record->kind >= JOURNAL_KIND_MAX)
		return ERR_INVALID;
	if (record->text.len > text_max(record->kind))
		return ERR_TOO_LONG;
	put_body(&inner, record);
	if (buf_check(&inner) != ERR_OK)
		return ERR_TOO_LONG;
	buf_be16(&whole, (uint16_t)inner.len);
	buf_be8(&whole, record->kind);
	buf_be8(&whole, JOURNAL_VERSION);
	buf_put(&whole, buf_str(&inner));
	buf_be32(&front, hash_crc32c(0, whole.data, whole.len));
	buf_put(b, buf_str(&front));
	buf_put(b, buf_str(&whole));
	return buf_check(b);
}

static struct str take_text(struct view *v)
{
	uint16_t len = view_be16(v);
	const uint8_t *at = view_borrow(v, len);

	return at ? (struct str){(const char *)at, len} : STR_NONE;
}

static enum err take_name(struct view *v, char *name, size_t size)
{
	return str_copy(take_text(v), name, size);
}

static void take_addr(struct view *v, struct addr *a)
{
	a->family = view_be8(v);
	a->prefix = view_be8(v);
	view_bytes(v, a->bytes, sizeof(a->bytes));
}

static enum err take_ban(struct view *v, struct journal_record *r)
{
	enum err err;

	take_addr(v, &r->addr);
	r->origin = view_be8(v);
	err = take_name(v, r->rule, sizeof(r->rule));
	view_bytes(v, r->incident, sizeof(r->incident));
	r->duration_s = view_be32(v);
	r->expires_mono_us = (int64_t)view_be64(v);
	r->expires_wall_us = (int64_t)view_be64(v);
	view_bytes(v, r->boot, sizeof(r->boot));
	return err;
}

static enum err take_args(struct view *v, struct verb_args *args)
{
	char why[VERB_WHY_MAX];
	enum err err;

	args->verb = view_be16(v);
	err = verb_args_decode(v, args, why);
	return err == ERR_OK && !verb_args_valid(args) ? ERR_INVALID : err;
}

static enum err take_effect(struct view *v, struct journal_record *r)
{
	enum err err = take_args(v, &r->args);

	r->origin = view_be8(v);
	r->rule_hash = view_be64(v);
	view_bytes(v, r->incident, sizeof(r->incident));
	view_bytes(v, r->id, sizeof(r->id));
	r->wall_us = (int64_t)view_be64(v);
	r->duration_s = view_be32(v);
	r->expires_mono_us = (int64_t)view_be64(v);
	r->expires_wall_us = (int64_t)view_be64(v);
	view_bytes(v, r->boot, sizeof(r->boot));
	r->text = take_text(v);
	return err == ERR_OK && r->text.len > JOURNAL_TEXT_MAX ? ERR_TOO_LONG : err;
}

static enum err take_outcome(struct view *v, struct journal_record *r)
{
	view_bytes(v, r->id, sizeof(r->id));
	r->step = view_be8(v);
	r->steps = view_be8(v);
	r->result = view_be8(v);
	r->err = view_be8(v);
	r->verified = view_be8(v);
	r->outcome = view_be8(v);
	r->count = view_be32(v);
	r->expires_wall_us = (int64_t)view_be64(v);
	r->text = take_text(v);
	r->sealed = take_text(v);
	return r->text.len >= MESSAGE_TEXT_MAX || r->sealed.len > MESSAGE_SEALED_MAX ? ERR_TOO_LONG : ERR_OK;
}

static enum err take_body(struct view *v, struct journal_record *r)
{
	enum err err = ERR_OK;

	switch (r->kind) {
	case JOURNAL_BAN: err = take_ban(v, r); break;
	case JOURNAL_UNBAN: take_addr(v, &r->addr); break;
	case JOURNAL_EFFECT: err = take_effect(v, r); break;
	case JOURNAL_ENDED: err = take_args(v, &r->args); break;
	case JOURNAL_ORDER:
		view_bytes(v, r->id, sizeof(r->id));
		r->until_wall_s = (int64_t)view_be64(v);
		break;
	case JOURNAL_STEPS:
		view_bytes(v, r->id, sizeof(r->id));
		r->text = take_text(v);
		if (r->text.len > JOURNAL_STEPS_MAX)
			err = ERR_TOO_LONG;
		break;
	case JOURNAL_OUTCOME: err = take_outcome(v, r); break;
	case JOURNAL_SECRET:
		view_bytes(v, r->id, sizeof(r->id));
		r->step = view_be8(v);
		r->sealed = take_text(v);
		if (r->sealed.len > MESSAGE_SEALED_MAX)
			err = ERR_TOO_LONG;
		break;
	case JOURNAL_PLAY:
		view_bytes(v, r->id, sizeof(r->id));
		err = take_name(v, r->rule, sizeof(r->rule));
		view_bytes(v, r->incident, sizeof(r->incident));
		break;
	case JOURNAL_RESET:
	case JOURNAL_KEYS:
		err = take_name(v, r->account, sizeof(r->account));
		r->wall_us = (int64_t)view_be64(v);
		r->text = take_text(v);
		if (r->text.len > JOURNAL_TEXT_MAX)
			err = ERR_TOO_LONG;
		break;
	default: err = ERR_INVALID;
	}
	return err == ERR_OK ? view_done(v) : err;
}

enum err journal_decode(struct str *bytes, struct journal_record *out)
{
	struct view head = view_over(bytes->data, bytes->len), body;
	uint32_t crc = view_be32(&head);
	uint16_t len = view_be16(&head);
	uint8_t version;

	memset(out, 0, sizeof(*out));
	out->kind = view_be8(&head);
	version = view_be8(&head);
	if (head.short_read)
		return ERR_TRUNCATED;
	if (len > JOURNAL_BODY_MAX)
		return ERR_CORRUPT;
	if (head.len < len)
		return ERR_TRUNCATED;
	if (hash_crc32c(0, bytes->data + 4, JOURNAL_HEADER - 4 + (size_t)len) != crc)
		return ERR_CORRUPT;
	body = view_over(bytes->data + JOURNAL_HEADER, len);
	*bytes = str_sub(*bytes, JOURNAL_HEADER + (size_t)len, SIZE_MAX);
	return version == JOURNAL_VERSION && take_body(&body, out) == ERR_OK ? ERR_OK : ERR_UNSUPPORTED;
}
