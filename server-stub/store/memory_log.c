/* SPDX-License-Identifier: Apache-2.0 */
/* The log of the memory store. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static size_t find_spool(struct memory *m, const uint8_t *device, const uint8_t *spool)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_SPOOL); i++) {
		const struct memory_spool *p = memory_row(m, MEMORY_SPOOL, i);

		if (memcmp(p->device, device, STORE_ID) == 0 && memcmp(p->spool, spool, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err committed(struct store *s, const uint8_t *device, const uint8_t *spool, uint64_t *seq)
{
	size_t index = find_spool(memory_of(s), device, spool);
	const struct memory_spool *p = memory_row(memory_of(s), MEMORY_SPOOL, index);

	*seq = p ? p->committed : 0;
	return ERR_OK;
}

static enum err append(struct store *s, const struct log_batch *b)
{
	struct memory *m = memory_of(s);
	size_t index = find_spool(m, b->device, b->spool);
	const struct memory_spool *known = memory_row(m, MEMORY_SPOOL, index);
	struct memory_spool p = {.committed = 0};
	struct memory_batch row = {.batch = *b};
	enum err err;

	if (b->kind >= LOG_DEED)
		return memory_append(m, MEMORY_BATCH, &row.blob, &row.batch.blob);
	if (known)
		p = *known;
	if (b->first_seq <= p.committed)
		return ERR_REPLAYED;
	memcpy(p.device, b->device, STORE_ID);
	memcpy(p.spool, b->spool, STORE_ID);
	p.committed = b->last_seq;
	p.records += b->count;
	err = memory_append(m, MEMORY_BATCH, &row.blob, &row.batch.blob);
	return err == ERR_OK ? memory_set(m, MEMORY_SPOOL, index, &p) : err;
}

static enum err list(struct store *s, const struct log_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_BATCH);
	unsigned given = 0;
	size_t i = (size_t)q->after;

	if (q->newest)
		i = q->after > 0 && q->after - 1 < count ? (size_t)q->after - 1 : count;
	while (given < q->max && (q->newest ? i > 0 : i < count)) {
		size_t at = q->newest ? --i : i++;
		const struct memory_batch *b = memory_row(m, MEMORY_BATCH, at);
		struct log_batch copy;

		if (!b || b->batch.kind >= LOG_DEED || (q->device && memcmp(b->batch.device, q->device, STORE_ID) != 0))
			continue;
		given++;
		copy = b->batch;
		if (!q->each(q->arg, at + 1, &copy))
			break;
	}
	return ERR_OK;
}

static enum err follow(struct store *s, const struct log_query *q)
{
	struct memory *m = memory_of(s);
	unsigned given = 0;

	for (size_t i = (size_t)q->after; given < q->max && i < memory_count(m, MEMORY_BATCH); i++) {
		const struct memory_batch *b = memory_row(m, MEMORY_BATCH, i);
		struct log_batch copy;

		if (!b || b->batch.kind == LOG_PLAIN)
			continue;
		given++;
		copy = b->batch;
		if (!q->each(q->arg, i + 1, &copy))
			break;
	}
	return ERR_OK;
}

static void no_wait(struct store *s, enum log_news news, uint64_t *seen, int64_t until_us)
{
	(void)s;
	(void)news;
	(void)until_us;
	*seen = 1;
}

static void no_wake(struct store *s, enum log_news news)
{
	(void)s;
	(void)news;
}

static enum err reach(struct store *s, const struct store_retention *r, int64_t wall_us, struct log_reach *out)
{
	struct memory *m = memory_of(s);
	uint64_t batches, bytes = memory_care_held(m, &batches);

	for (size_t i = 0; out->count < LOG_REACH && i < memory_count(m, MEMORY_BATCH); i++) {
		const struct memory_batch *b = memory_row(m, MEMORY_BATCH, i);

		if (!b)
			continue;
		if (!(r->age_us > 0 && b->batch.received_us < wall_us - r->age_us) &&
		    !(r->bytes_max > 0 && bytes > r->bytes_max))
			break;
		bytes -= b->batch.blob.len;
		out->position = i + 1;
		out->count++;
	}
	return ERR_OK;
}

static enum err cut(struct store *s, uint64_t position)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < position && i < memory_count(m, MEMORY_BATCH); i++)
		if (memory_row(m, MEMORY_BATCH, i))
			err = memory_set(m, MEMORY_BATCH, i, NULL);
	return err;
}

const struct log_kind memory_log = {
	.committed = committed,
	.append = append,
	.list = list,
	.follow = follow,
	.wait = no_wait,
	.wake = no_wake,
	.reach = reach,
	.cut = cut,
};
