/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks a device's batches and writes its receipts and signatures. What is hashed are the bytes that came. */
#include "server-stub/api/receipts.h"

#include "caltrop/v1/link.pb-c.h"
#include "caltrop/v1/record.pb-c.h"
#include "proto/wire.h"
#include "server-stub/api/devices.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"
#include "server-stub/store/log.h"

#include <stdio.h>

#define ENTRY_BITS 20 /* of a cursor; an entry has at least four bytes, and a batch less than 4 MiB */
#define ENTRY_MASK ((UINT64_C(1) << ENTRY_BITS) - 1)

struct list {
	struct page page;
	uint64_t next; /* cursor: a batch's row, and the entry in it to go on with */
	unsigned batches;
};

static void put_bytes(struct json *j, const char *key, ProtobufCBinaryData bytes)
{
	reply_base64(j, key, bytes.data, bytes.len);
}

static void put_place(struct json *j, const Caltrop__V1__ChainPlace *place)
{
	reply_count(j, "seq", place ? place->seq : 0);
	if (!place)
		return;
	reply_count(j, "prev_seq", place->prev_seq);
	put_bytes(j, "prev", place->prev);
}

static void put_head(struct json *j, const Caltrop__V1__ChainHead *head)
{
	reply_count(j, "seq", head->seq);
	put_bytes(j, "hash", head->hash);
	put_bytes(j, "signature", head->signature);
	put_bytes(j, "key", head->key);
}

static void put(struct json *j, const Caltrop__V1__Record *r, struct str record)
{
	bool is_receipt = r->body_case == CALTROP__V1__RECORD__BODY_RECEIPT;

	json_begin_object(j);
	json_key(j, "kind");
	json_text(j, is_receipt ? "receipt" : "head");
	reply_time(j, "time", r->wall_us);
	if (is_receipt) {
		struct str receipt = wire_bytes(record, CALTROP__V1__RECORD__BODY_RECEIPT);

		put_place(j, r->place);
		reply_base64(j, "receipt", (const uint8_t *)receipt.data, receipt.len);
	} else {
		put_head(j, r->chain_head);
	}
	json_end_object(j);
}

/* False: the page has no room for it. */
static bool put_entry(struct list *l, ProtobufCBinaryData record)
{
	Caltrop__V1__Record *r = caltrop__v1__record__unpack(NULL, record.len, record.data);
	bool wanted = r && (r->body_case == CALTROP__V1__RECORD__BODY_RECEIPT ||
			    r->body_case == CALTROP__V1__RECORD__BODY_CHAIN_HEAD);
	bool room = !wanted || page_room(&l->page);

	if (wanted && room)
		put(l->page.j, r, (struct str){(const char *)record.data, record.len});
	if (r)
		caltrop__v1__record__free_unpacked(r, NULL);
	return room;
}

static bool put_batch(void *arg, uint64_t rowid, const struct log_batch *stored)
{
	struct list *l = arg;
	size_t i = l->next >> ENTRY_BITS == rowid ? l->next & ENTRY_MASK : 0;
	Caltrop__V1__Batch *batch;
	bool room = true;

	if (++l->batches > RECEIPTS_BATCHES_MAX) {
		l->page.full = true;
		return false;
	}
	batch = caltrop__v1__batch__unpack(NULL, stored->blob.len, (const uint8_t *)stored->blob.data);
	for (; room && batch && i < batch->n_entries; i++) {
		l->next = rowid << ENTRY_BITS | i;
		room = put_entry(l, batch->entries[i]->record);
	}
	if (room)
		l->next = (rowid + 1) << ENTRY_BITS;
	if (batch)
		caltrop__v1__batch__free_unpacked(batch, NULL);
	return room;
}

void receipts_list(struct call *call)
{
	struct list l = {0};
	struct registry_device device;
	uint64_t after;

	if (!devices_find(call, &device) || !page_after(call, &after) || !page_begin(&l.page, call))
		return;
	l.next = after;
	after >>= ENTRY_BITS;
	enum err err = log_list(call->api->env.store, device.id, false, after ? after - 1 : 0, RECEIPTS_BATCHES_MAX + 1,
				put_batch, &l);

	if (err) {
		reply_store(call, err, "receipt", "");
		return;
	}
	snprintf(l.page.next, sizeof(l.page.next), "%llu", (unsigned long long)l.next);
	page_end(&l.page);
}
