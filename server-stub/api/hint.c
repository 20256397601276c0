/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a record stand in its encoding as they are; its kind and time are in its first fields. */
#include "server-stub/api/hint.h"

#include "agent/base/buf.h"
#include "proto/record_tags.h"
#include "proto/wire.h"

/* Tags of link.proto's Batch and Entry. */
enum { BATCH_ENTRIES = 2, ENTRY_RECORD = 2 };

static bool has(struct str bytes, const char *text)
{
	return !text[0] || str_find(bytes, str_from(text)) != SIZE_MAX;
}

/* A number is there as a varint, and in a finding's subject as text. */
static bool has_process(const struct record_filter *f, struct str bytes)
{
	uint32_t pid = record_pid(f);
	char encoded[5];
	struct buf b = buf_over(encoded, sizeof(encoded));

	for (; pid >= 0x80; pid >>= 7)
		buf_char(&b, (char)(pid | 0x80));
	buf_char(&b, (char)pid);
	return has(bytes, f->process) || (record_pid(f) && str_find(bytes, buf_str(&b)) != SIZE_MAX);
}

/* A host name may differ in case, and the outcome of a finding is no text. */
static bool has_texts(const struct record_filter *f, struct str bytes)
{
	struct addr addr;

	return has(bytes, f->user) && has(bytes, f->rule) && has_process(f, bytes) &&
	       (addr_parse_prefix(str_from(f->src), &addr) != ERR_OK || has(bytes, f->src));
}

static bool is_of_kind_and_time(const struct record_filter *f, struct str record)
{
	bool is_kind = f->kind == 0, is_time = true;
	int64_t wall_us = 0;
	struct wire_field field;

	while (wire_next(&record, &field) == ERR_OK) {
		if (field.number == RECORD_WALL_US)
			wall_us = (int64_t)field.value;
		is_kind = is_kind || field.number == f->kind;
	}
	if ((f->since_us && wall_us < f->since_us) || (f->until_us && wall_us >= f->until_us))
		is_time = false;
	return is_kind && is_time;
}

bool hint_record(const struct record_filter *f, struct str record)
{
	return is_of_kind_and_time(f, record) && has_texts(f, record);
}

bool hint_batch(const struct record_filter *f, struct str batch)
{
	struct wire_field field;

	if (!has_texts(f, batch))
		return false;
	if (!f->kind && !f->since_us && !f->until_us)
		return true;
	while (wire_next(&batch, &field) == ERR_OK)
		if (field.number == BATCH_ENTRIES && is_of_kind_and_time(f, wire_bytes(field.bytes, ENTRY_RECORD)))
			return true;
	return false;
}
