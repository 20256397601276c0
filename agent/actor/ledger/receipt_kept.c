/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts as bytes for the chain's file, and back. What is read may be damaged, or of another build. */
#include "agent/actor/ledger/receipt_kept.h"

#include "agent/actor/ledger/chain_file.h"
#include "agent/actor/ledger/receipt_kept_old.h"
#include "agent/base/view.h"

#include <string.h>

#define VERSION 1

_Static_assert(RECEIPT_KEPT_MAX <= CHAIN_FILE_MESSAGE_MAX, "every receipt fits in a slot of the chain's file");
_Static_assert(MESSAGE_RULE_MAX <= UINT8_MAX && MESSAGE_TEXT_MAX <= UINT8_MAX, "the length of a text is one byte");
_Static_assert(sizeof(struct addr) == ADDR_SAVED, "an address is kept as it is");

static void put_text(struct buf *b, const char *text, size_t size)
{
	size_t len = strnlen(text, size - 1);

	buf_be8(b, (uint8_t)len);
	buf_bytes(b, text, len);
}

/* The address once more: a decoder makes the plain form of it, and the chain knows the one that was asked for. */
static void put_args(struct buf *b, const struct verb_args *args)
{
	buf_be16(b, args->verb);
	verb_args_encode(b, args);
	buf_bytes(b, &args->addr, ADDR_SAVED);
}

void receipt_kept_put(struct buf *b, const struct actor_receipt *r)
{
	const uint8_t flags[] = {r->origin, r->result, r->err, r->verified, r->step, r->steps, r->outcome, r->repeat};
	const int64_t times[] = {r->expires_wall_us, r->cause_us, r->decided_us, r->received_us,
				 r->journaled_us,    r->acted_us, r->verified_us};
	uint16_t sealed_len = r->sealed_len <= MESSAGE_SEALED_MAX ? r->sealed_len : 0;

	buf_be8(b, VERSION);
	buf_be64(b, r->header.request_id);
	buf_bytes(b, flags, sizeof(flags));
	put_args(b, &r->args);
	put_text(b, r->rule, sizeof(r->rule));
	buf_bytes(b, r->incident, sizeof(r->incident));
	buf_bytes(b, r->order_id, sizeof(r->order_id));
	buf_be32(b, r->count);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		buf_be64(b, (uint64_t)times[i]);
	buf_be64(b, r->place.seq);
	buf_be64(b, r->place.prev_seq);
	buf_bytes(b, r->place.prev, sizeof(r->place.prev));
	buf_be16(b, sealed_len);
	buf_bytes(b, r->sealed, sealed_len);
	put_text(b, r->text, sizeof(r->text));
}

/* false: longer than its place, or not a text. */
static bool take_text(struct view *v, char *text, size_t size)
{
	uint8_t len = view_be8(v);

	if (len >= size || v->len < len)
		return false;
	view_bytes(v, text, len);
	return !v->short_read && memchr(text, '\0', len) == NULL;
}

static bool take_args(struct view *v, struct verb_args *args)
{
	char unheard[VERB_WHY_MAX];
	uint16_t verb = view_be16(v);
	struct addr addr, plain;

	args->verb = verb;
	if (verb_args_decode(v, args, unheard) != ERR_OK)
		return false;
	view_bytes(v, &addr, ADDR_SAVED);
	plain = addr_plain(&addr);
	if (memcmp(&plain, &args->addr, sizeof(plain)) != 0)
		return false;
	args->verb = verb;
	args->addr = addr;
	return true;
}

static void take_flags(struct view *v, struct actor_receipt *r)
{
	uint8_t *const flags[] = {&r->origin, &r->result, &r->err,     &r->verified,
				  &r->step,   &r->steps,  &r->outcome, &r->repeat};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		*flags[i] = view_be8(v);
}

static void take_times(struct view *v, struct actor_receipt *r)
{
	int64_t *const times[] = {&r->expires_wall_us, &r->cause_us, &r->decided_us, &r->received_us,
				  &r->journaled_us,    &r->acted_us, &r->verified_us};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		*times[i] = (int64_t)view_be64(v);
}

static void take_place(struct view *v, struct chain_place *place)
{
	place->seq = view_be64(v);
	place->prev_seq = view_be64(v);
	view_bytes(v, place->prev, sizeof(place->prev));
}

static enum err take(struct view *v, struct actor_receipt *r)
{
	memset(r, 0, sizeof(*r));
	r->header.request_id = view_be64(v);
	take_flags(v, r);
	if (!take_args(v, &r->args) || !take_text(v, r->rule, sizeof(r->rule)))
		return v->short_read ? ERR_TRUNCATED : ERR_INVALID;
	view_bytes(v, r->incident, sizeof(r->incident));
	view_bytes(v, r->order_id, sizeof(r->order_id));
	r->count = view_be32(v);
	take_times(v, r);
	take_place(v, &r->place);
	r->sealed_len = view_be16(v);
	if (r->sealed_len > sizeof(r->sealed))
		return ERR_INVALID;
	view_bytes(v, r->sealed, r->sealed_len);
	return take_text(v, r->text, sizeof(r->text)) ? view_done(v) : ERR_INVALID;
}

enum err receipt_kept_take(struct str bytes, struct actor_receipt *out)
{
	struct view v = view_over(bytes.data, bytes.len);
	enum err err;

	/* The old form begins with its version as 16 bits of the host's byte order, of which none is 1. */
	if (view_be8(&v) == VERSION)
		err = take(&v, out);
	else
		err = receipt_kept_old_take(bytes, out);
	if (err != ERR_OK)
		return err;
	out->header.version = MESSAGE_VERSION;
	out->header.type = ACTOR_RECEIPT;
	out->header.length = sizeof(*out);
	return ERR_OK;
}
