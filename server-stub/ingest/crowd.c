/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/ingest/crowd.h"

#include "agent/base/addr.h"
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

/* The address that the device has banned by itself. False: it did not, or nobody can tell. */
static bool banned(const struct views_receipt *r, struct addr *out)
{
	return (r->proof == PROOF_PENDING || r->proof == PROOF_PROVEN) &&
	       str_equal(wire_bytes(r->record, RECEIPT_VERB), STR("ban")) &&
	       str_equal(wire_bytes(r->record, RECEIPT_ORIGIN), STR("rule")) &&
	       str_equal(wire_bytes(r->record, RECEIPT_RESULT), STR("done")) && is_verified(r->record) &&
	       addr_parse_prefix_wire(wire_bytes(r->record, RECEIPT_ADDR), out) == ERR_OK;
}

static void write_notice(const struct addr *addr, const struct witnesses_found *found, struct notice *out)
{
	const struct witnesses_sight *last = &found->seen[found->count - 1];
	struct buf b = buf_over(out->text, sizeof(out->text) - 1);
	char text[ADDR_TEXT_MAX];

	memset(out, 0, sizeof(*out));
	memcpy(out->device, last->device, STORE_ID);
	out->rule = NOTICE_CROWD;
	out->since_us = found->seen[0].at_us;
	out->wall_us = last->at_us;
	/* One device may be the last of several crowds at a time. */
	out->episode = (int64_t)(hash_name(addr_text(addr, text)) ^ (uint64_t)found->seen[0].at_us);
	buf_printf(&b, "%s was banned within an hour by the devices", text);
	for (unsigned i = 0; i < found->count; i++) {
		buf_text(&b, i ? ", " : " ");
		buf_hex(&b, found->seen[i].device, STORE_ID);
	}
}

bool crowd_saw(struct witnesses *w, const struct views_receipt *receipt, struct notice *out)
{
	struct witnesses_sight sight = {.at_us = receipt->received_us};
	uint8_t name[WITNESSES_NAME] = {0};
	struct witnesses_found found;
	struct addr addr;

	if (!banned(receipt, &addr))
		return false;
	name[0] = addr.family;
	name[1] = addr.prefix;
	memcpy(&name[2], addr.bytes, sizeof(addr.bytes));
	memcpy(sight.device, receipt->device, STORE_ID);
	if (!witnesses_saw(w, name, &sight, &found))
		return false;
	write_notice(&addr, &found, out);
	return true;
}
