/* SPDX-License-Identifier: Apache-2.0 */
/* Copies the fields of a batch that stay, as they are; sequence numbers have gaps then, as those of a spool may. */
#include "server-stub/ingest/thin.h"

#include "agent/base/severity.h"
#include "proto/wire.h"
#include "server-stub/ingest/content.h"

/* An entry that cannot be read stays. */
static bool goes(struct str entry_bytes)
{
	struct content_entry entry;
	struct content record;

	return content_entry(entry_bytes, &entry) == ERR_OK && content_read(entry.record, &record) == ERR_OK &&
	       (record.body == CONTENT_OTHER || record.body == CONTENT_AUTH) && record.severity <= SEV_LOW;
}

void thin_batch(struct str batch, struct buf *out, uint32_t *left, uint32_t *gone)
{
	struct str before = batch;
	struct wire_field field;
	enum err err;

	*left = *gone = 0;
	while ((err = wire_next(&batch, &field)) == ERR_OK) {
		bool is_entry = field.number == CONTENT_ENTRIES && field.type == WIRE_BYTES;

		if (is_entry && goes(field.bytes)) {
			++*gone;
		} else {
			*left += is_entry;
			buf_put(out, str_sub(before, 0, before.len - batch.len));
		}
		before = batch;
	}
	if (err != ERR_NOT_FOUND || out->overflow)
		*gone = 0;
}

static bool look(void *arg, uint64_t position, const struct log_batch *b)
{
	struct thin *t = arg;
	struct buf out = buf_over(t->memory, sizeof(t->memory));
	uint32_t left, gone;

	t->ended = b->received_us >= t->older_than_us;
	if (t->ended || t->count == THIN_BATCHES)
		return false;
	t->count++;
	t->position = position;
	thin_batch(b->blob, &out, &left, &gone);
	if (gone == 0)
		return true;
	t->removed += gone;
	t->rest = *b;
	t->rest.count = left;
	t->rest.blob = buf_str(&out);
	return false;
}

/* Up to the next batch that changes; it is written when the log is not being read. */
static enum err step(struct thin *t)
{
	uint64_t before = t->position;
	enum err err;

	t->rest.blob = STR_NONE;
	err = log_list(t->store, NULL, false, t->position, STORE_PAGE_MAX, look, t);
	t->ended = t->ended || t->position == before;
	if (err != ERR_OK || !t->rest.blob.data)
		return err;
	return log_replace(t->store, t->position, &t->rest);
}

enum err thin_some(struct thin *t, int64_t older_than_us, bool *more)
{
	enum err err = store_begin(t->store);

	*more = false;
	if (err != ERR_OK)
		return err;
	t->older_than_us = older_than_us;
	t->count = 0;
	t->ended = false;
	err = log_thinned(t->store, &t->position);
	while (err == ERR_OK && !t->ended && t->count < THIN_BATCHES)
		err = step(t);
	if (err == ERR_OK && t->count > 0)
		err = log_thinned_put(t->store, t->position);
	*more = err == ERR_OK && !t->ended;
	if (err == ERR_OK)
		return store_commit(t->store);
	store_rollback(t->store);
	return err;
}
