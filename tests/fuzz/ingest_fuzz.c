/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches as a device may make them up, against the store: all of a batch or nothing is kept, once, and what is kept
 * is a batch again. First byte: how much of it the store has already.
 */
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/ingest.h"
#include "server-stub/store/registry.h"

#include "agent/base/require.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t device[STORE_ID] = {0xd0}, spool[STORE_ID] = {0x5b};

struct kept {
	unsigned batches;
	uint64_t records, last_seq;
};

/* A stored batch goes through ingest again, into an empty store, and all of it is new there. */
static bool again(void *arg, uint64_t rowid, const struct log_batch *b)
{
	struct kept *kept = arg;
	struct ingest_counts counts = {0};
	struct store *fresh;
	uint64_t seq;

	(void)rowid;
	require(store_open(NULL, NULL, &fresh) == ERR_OK);
	require(ingest_batch(fresh, b, &counts, &seq) == ERR_OK);
	require(counts.records == b->count && counts.duplicates == 0 && seq == b->last_seq);
	require(b->first_seq > kept->last_seq);
	kept->batches++;
	kept->records += b->count;
	kept->last_seq = b->last_seq;
	store_close(fresh);
	return true;
}

static struct kept look(struct store *s)
{
	struct kept kept = {0};

	require(log_list(s, NULL, false, 0, STORE_PAGE_MAX, again, &kept) == ERR_OK);
	return kept;
}

/* Nobody who does not hold the device's key can make a receipt that counts as proven. */
static bool is_not_proven(void *arg, const struct views_receipt *r)
{
	(void)arg;
	require(r->proof != PROOF_PROVEN);
	return true;
}

static void bind_key(struct store *s)
{
	struct views_chain c;

	memset(&c, 0, sizeof(c));
	memcpy(c.device, device, STORE_ID);
	memset(c.key, 7, sizeof(c.key));
	require(views_chain_put(s, &c) == ERR_OK);
}

static struct store *make_store(uint64_t committed)
{
	struct registry_device d = {.state = DEVICE_APPROVED};
	struct store *s;

	require(store_open(NULL, NULL, &s) == ERR_OK);
	memcpy(d.id, device, STORE_ID);
	require(registry_device_put(s, &d) == ERR_OK);
	if (committed > 0) {
		/* One record, {seq: committed, record: {}}. */
		char entry[] = {0x12, 4, 0x08, (char)committed, 0x12, 0};
		struct log_batch b = {.first_seq = committed, .last_seq = committed, .count = 1};

		memcpy(b.device, device, STORE_ID);
		memcpy(b.spool, spool, STORE_ID);
		b.blob = (struct str){entry, sizeof(entry)};
		require(log_append(s, &b) == ERR_OK);
	}
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t committed = size > 0 ? data[0] & 0x7f : 0, seq = 0;
	struct log_batch b = {.received_us = 5};
	struct ingest_counts counts = {0};
	struct store *s;
	struct kept before, after;
	enum err err;

	if (size == 0)
		return 0;
	s = make_store(committed);
	if (data[0] & 0x80)
		bind_key(s);
	before = look(s);
	memcpy(b.device, device, STORE_ID);
	memcpy(b.spool, spool, STORE_ID);
	b.blob = (struct str){(const char *)data + 1, size - 1};
	require(store_begin(s) == ERR_OK);
	err = ingest_batch(s, &b, &counts, &seq);
	require(err == ERR_OK || err == ERR_PROTOCOL);
	require(store_commit(s) == ERR_OK);
	require(follow_all(&(struct follow){.store = s}) == ERR_OK);
	after = look(s);
	require(after.records - before.records == counts.records);
	if (err == ERR_OK) {
		require(seq >= committed && seq >= after.last_seq);
		require(counts.records + counts.duplicates > 0);
		/* Sent again: nothing changes. */
		require(ingest_batch(s, &b, &counts, &seq) == ERR_OK);
		require(look(s).records == after.records);
	} else {
		require(after.batches == before.batches);
	}
	require(views_receipt_list(s, NULL, NULL, STORE_PAGE_MAX, is_not_proven, NULL) == ERR_OK);
	store_close(s);
	return 0;
}
