/* SPDX-License-Identifier: Apache-2.0 */
/* Reads receipts of bans, and says in words what many devices banned. It never touches the store. */
#include "server-stub/ingest/crowd.h"

#include "agent/base/buf.h"
#include "agent/base/str.h"
#include "proto/wire.h"

#include <string.h>

/* The tags of caltrop.v1.Receipt. */
enum { RECEIPT_VERB = 1, RECEIPT_ORIGIN = 2, RECEIPT_RESULT = 3, RECEIPT_VERIFIED = 5, RECEIPT_ADDR = 9 };

static bool is_verified(struct str record)
{
	struct wire_field field;
	bool verified = false;

	while (wire_next(&record, &field) == ERR_OK)
		if (field.number == RECEIPT_VERIFIED && field.type == WIRE_VARINT)
			verified = field.value == 1;
	return verified;
}

bool crowd_sight(const struct views_receipt *r, struct crowd_sight *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->by.device, r->device, STORE_ID);
	out->by.at_us = r->received_us;
	return (r->proof == PROOF_PENDING || r->proof == PROOF_PROVEN) &&
	       str_equal(wire_bytes(r->record, RECEIPT_VERB), STR("ban")) &&
	       str_equal(wire_bytes(r->record, RECEIPT_ORIGIN), STR("rule")) &&
	       str_equal(wire_bytes(r->record, RECEIPT_RESULT), STR("done")) && is_verified(r->record) &&
	       addr_parse_prefix_wire(wire_bytes(r->record, RECEIPT_ADDR), &out->addr) == ERR_OK;
}

bool crowd_saw(struct witnesses *w, const struct crowd_sight *sight, struct witnesses_found *out)
{
	uint8_t name[WITNESSES_NAME] = {sight->addr.family, sight->addr.prefix};

	memcpy(&name[2], sight->addr.bytes, sizeof(sight->addr.bytes));
	memcpy(&name[2 + sizeof(sight->addr.bytes)], &sight->group, sizeof(sight->group));
	return witnesses_saw(w, name, &sight->by, out);
}

/* An hour, or else how many seconds. */
static void put_window(struct buf *b, int64_t window_us)
{
	if (window_us == INT64_C(3600000000))
		buf_text(b, "an hour");
	else
		buf_printf(b, "%lld s", (long long)(window_us / 1000000));
}

void crowd_notice(const struct crowd_sight *sight, const struct witnesses_found *found, int64_t window_us,
		  struct notice *out)
{
	struct buf b = buf_over(out->text, sizeof(out->text) - 1);
	char text[ADDR_TEXT_MAX];

	memset(out, 0, sizeof(*out));
	memcpy(out->device, sight->by.device, STORE_ID);
	out->rule = NOTICE_CROWD;
	out->since_us = found->seen[0].at_us;
	out->wall_us = sight->by.at_us;
	/* One device may be the last of several crowds at a time. */
	out->episode = (int64_t)(hash_name(addr_text(&sight->addr, text)) ^ (uint64_t)found->seen[0].at_us);
	buf_printf(&b, "%s was banned within ", text);
	put_window(&b, window_us);
	buf_text(&b, " by the devices");
	witnesses_put(&b, found);
}
