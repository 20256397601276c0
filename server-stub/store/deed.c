/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a deed: version:u8 incident[16], then deed, author and text, each len:u16 bytes, big-endian. The entry
 * of the log has the device and the time.
 */
#include "server-stub/store/deed.h"

#include "agent/base/buf.h"
#include "agent/base/view.h"

#include <string.h>

#define VERSION 1
#define BYTES_MAX (1 + STORE_ID + 3 * 2 + sizeof(struct views_note))

static void put_text(struct buf *b, const char *text)
{
	buf_be16(b, (uint16_t)strlen(text));
	buf_text(b, text);
}

static void get_text(struct view *v, char *out, size_t size)
{
	size_t len = view_be16(v);

	if (len >= size)
		v->short_read = true;
	else
		view_bytes(v, out, len);
}

enum err deed_append(struct store *s, const struct views_note *n)
{
	uint8_t memory[BYTES_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	struct log_batch entry = {.kind = LOG_DEED, .received_us = n->wall_us};

	buf_be8(&b, VERSION);
	buf_bytes(&b, n->incident_id, STORE_ID);
	put_text(&b, n->deed);
	put_text(&b, n->author);
	put_text(&b, n->text);
	if (b.overflow)
		return ERR_TOO_LONG;
	memcpy(entry.device, n->device, STORE_ID);
	entry.blob = buf_str(&b);
	return log_append(s, &entry);
}

enum err deed_read(const struct log_batch *entry, struct views_note *out)
{
	struct view v = view_over(entry->blob.data, entry->blob.len);

	memset(out, 0, sizeof(*out));
	if (entry->kind != LOG_DEED || view_be8(&v) != VERSION)
		return ERR_PROTOCOL;
	memcpy(out->device, entry->device, STORE_ID);
	out->wall_us = entry->received_us;
	view_bytes(&v, out->incident_id, STORE_ID);
	get_text(&v, out->deed, sizeof(out->deed));
	get_text(&v, out->author, sizeof(out->author));
	get_text(&v, out->text, sizeof(out->text));
	return v.short_read || v.len > 0 ? ERR_PROTOCOL : ERR_OK;
}
