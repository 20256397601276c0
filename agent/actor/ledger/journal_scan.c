/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records among the bytes of a journal, also behind damaged ones, and what is left of their time. Pure; the file is
 * journal.c's, single records are journal_record.c's.
 */
#include "agent/actor/ledger/journal.h"

#include "agent/base/view.h"

#include <string.h>

/* A good record of this version at the start of the bytes. *checks counts what was checksummed. */
static bool is_record(struct str bytes, uint32_t *checks)
{
	struct view head = view_over(bytes.data, bytes.len);
	struct journal_record record;
	uint16_t len;
	uint8_t kind, version;

	(void)view_be32(&head);
	len = view_be16(&head);
	kind = view_be8(&head);
	version = view_be8(&head);
	if (head.short_read || head.len < len || len > JOURNAL_BODY_MAX || kind == 0 || kind >= JOURNAL_KIND_MAX ||
	    version != JOURNAL_VERSION)
		return false;
	*checks += len;
	return journal_decode(&bytes, &record) == ERR_OK;
}

/* How many bytes are before the next good record; all of them when there is none. */
static size_t bad_bytes(struct str bytes, uint32_t *checks)
{
	for (size_t at = 1; at < bytes.len && *checks < JOURNAL_CHECKED_MAX; at++)
		if (is_record(str_sub(bytes, at, SIZE_MAX), checks))
			return at;
	return bytes.len;
}

static bool all_zero(struct str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.data[i] != 0)
			return false;
	return true;
}

void journal_scan(struct str bytes, void (*each)(void *context, const struct journal_record *record), void *context,
		  struct journal_scan *out)
{
	struct journal_record record;
	uint32_t checks = 0;

	*out = (struct journal_scan){0};
	while (!str_empty(bytes)) {
		enum err err = journal_decode(&bytes, &record);
		size_t bad;

		if (err == ERR_OK) {
			out->records++;
			each(context, &record);
			continue;
		}
		if (err == ERR_UNSUPPORTED) {
			out->unknown++;
			continue;
		}
		bad = bad_bytes(bytes, &checks);
		if (bad == bytes.len && (err == ERR_TRUNCATED || all_zero(bytes)))
			out->torn = (uint32_t)bad;
		else
			out->skipped += (uint32_t)bad;
		bytes = str_sub(bytes, bad, SIZE_MAX);
	}
}

int64_t journal_left_us(const struct journal_record *r, const uint8_t boot[JOURNAL_BOOT], struct now now, bool *doubted)
{
	int64_t whole_us = (int64_t)r->duration_s * SECOND_US;
	bool same_boot = memcmp(r->boot, boot, JOURNAL_BOOT) == 0;
	int64_t left;

	if (r->duration_s == 0)
		return INT64_MAX;
	if (__builtin_sub_overflow(same_boot ? r->expires_mono_us : r->expires_wall_us,
				   same_boot ? now.mono_us : now.wall_us, &left))
		left = INT64_MIN;
	if (!same_boot && (now.wall_us < NOW_EARLIEST_S * SECOND_US || left > whole_us + JOURNAL_SLACK_US ||
			   left < -JOURNAL_DOUBT_US)) {
		*doubted = true;
		left = whole_us / 2;
	}
	return left > whole_us ? whole_us : left;
}
