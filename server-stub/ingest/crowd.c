/* SPDX-License-Identifier: Apache-2.0 */
/* Counts devices by the address that they banned, in sets of a few places each. It never touches the store. */
#include "server-stub/ingest/crowd.h"

#include "agent/base/addr.h"
#include "agent/base/buf.h"
#include "agent/base/str.h"
#include "proto/wire.h"

#include <string.h>

#define SETS 1024
#define WAYS 4

/* The tags of caltrop.v1.Receipt. */
enum { RECEIPT_VERB = 1, RECEIPT_ORIGIN = 2, RECEIPT_RESULT = 3, RECEIPT_VERIFIED = 5, RECEIPT_ADDR = 9 };

struct source {
	struct addr addr; /* family 0: the place is free */
	bool told;
	unsigned count;
	struct {
		uint8_t device[STORE_ID];
		int64_t at_us;
	} seen[CROWD_LEAST];
};

struct crowd {
	struct hash_key key;
	struct source sources[SETS][WAYS];
};

size_t crowd_size(void)
{
	return sizeof(struct crowd);
}

struct crowd *crowd_init(void *memory, struct hash_key key)
{
	struct crowd *c = memory;

	c->key = key;
	return c;
}

static bool is_verified(struct str record)
{
	struct wire_field field;
	bool verified = false;

	while (wire_next(&record, &field) == ERR_OK)
		if (field.number == RECEIPT_VERIFIED && field.type == WIRE_VARINT)
			verified = field.value == 1;
	return verified;
}

/* The address that the device has banned by itself. False: it did not, or nobody can tell. */
static bool banned(const struct views_receipt *r, struct addr *out)
{
	return (r->proof == PROOF_PENDING || r->proof == PROOF_PROVEN) &&
	       str_equal(wire_bytes(r->record, RECEIPT_VERB), STR("ban")) &&
	       str_equal(wire_bytes(r->record, RECEIPT_ORIGIN), STR("rule")) &&
	       str_equal(wire_bytes(r->record, RECEIPT_RESULT), STR("done")) && is_verified(r->record) &&
	       addr_parse_prefix_wire(wire_bytes(r->record, RECEIPT_ADDR), out) == ERR_OK;
}

static void forget_old(struct source *s, int64_t now_us)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < s->count; i++)
		if (now_us - s->seen[i].at_us <= CROWD_WINDOW_US)
			s->seen[kept++] = s->seen[i];
	s->count = kept;
	if (kept == 0)
		memset(s, 0, sizeof(*s));
}

/* Whether `a` is the one to go before `b`: fewer devices, then the earlier one. Both were seen. */
static bool goes_first(const struct source *a, const struct source *b)
{
	return a->count != b->count ? a->count < b->count : a->seen[a->count - 1].at_us < b->seen[b->count - 1].at_us;
}

/* The place of an address, which may have been another's. */
static struct source *place_of(struct crowd *c, const struct addr *addr, int64_t now_us)
{
	struct source *set = c->sources[addr_hash(&c->key, addr) % SETS], *best = NULL;

	for (unsigned i = 0; i < WAYS; i++) {
		forget_old(&set[i], now_us);
		if (set[i].addr.family && addr_equal(&set[i].addr, addr))
			return &set[i];
		if (!best || (best->count && (!set[i].count || goes_first(&set[i], best))))
			best = &set[i];
	}
	memset(best, 0, sizeof(*best));
	best->addr = *addr;
	return best;
}

/* Its latest sighting comes last. Of more devices than make a crowd, the latest are kept. */
static void add(struct source *s, const struct views_receipt *r)
{
	unsigned at = 0;

	while (at < s->count && memcmp(s->seen[at].device, r->device, STORE_ID) != 0)
		at++;
	if (at == s->count && s->count == CROWD_LEAST)
		at = 0;
	else if (at == s->count)
		s->count++;
	memmove(&s->seen[at], &s->seen[at + 1], (s->count - 1 - at) * sizeof(s->seen[0]));
	memcpy(s->seen[s->count - 1].device, r->device, STORE_ID);
	s->seen[s->count - 1].at_us = r->received_us;
}

static void write_notice(const struct source *s, const struct views_receipt *r, struct notice *out)
{
	struct buf b = buf_over(out->text, sizeof(out->text) - 1);
	char text[ADDR_TEXT_MAX];

	memset(out, 0, sizeof(*out));
	memcpy(out->device, r->device, STORE_ID);
	out->rule = NOTICE_CROWD;
	out->since_us = s->seen[0].at_us;
	out->wall_us = r->received_us;
	/* One device may be the last of several crowds at a time. */
	out->episode = (int64_t)(hash_name(addr_text(&s->addr, text)) ^ (uint64_t)s->seen[0].at_us);
	buf_printf(&b, "%s was banned within an hour by the devices", text);
	for (unsigned i = 0; i < s->count; i++) {
		buf_text(&b, i ? ", " : " ");
		buf_hex(&b, s->seen[i].device, STORE_ID);
	}
}

bool crowd_saw(struct crowd *c, const struct views_receipt *receipt, struct notice *out)
{
	struct addr addr;
	struct source *s;

	if (!banned(receipt, &addr))
		return false;
	s = place_of(c, &addr, receipt->received_us);
	add(s, receipt);
	if (s->told || s->count < CROWD_LEAST)
		return false;
	s->told = true;
	write_notice(s, receipt, out);
	return true;
}
