/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of fixed-size rows in memory, with a transaction that can be taken back. The memory store is built on them
 * (memory.c, memory_record.c, memory_order.c). A row keeps its number (from 0) for as long as the store is open, so
 * lists use it as the row's identity. A row may own bytes: then it begins with struct memory_bytes, and its table's
 * owns_bytes is true. For this folder only.
 */
#pragma once

#include "server-stub/store/table.h"

enum memory_table_id {
	MEMORY_DEVICE,
	MEMORY_TOKEN,
	MEMORY_SPOOL,
	MEMORY_BATCH,
	MEMORY_INCIDENT,
	MEMORY_RECEIPT,
	MEMORY_CHAIN,
	MEMORY_ORDER,
	MEMORY_TARGET,
	MEMORY_USER,
	MEMORY_SESSION,
	MEMORY_AUDIT,
	MEMORY_TABLES
};

#define MEMORY_NONE SIZE_MAX

struct memory_bytes {
	char *owned;
};

struct memory_spool {
	uint8_t device[STORE_ID], spool[STORE_ID];
	uint64_t committed, records;
};

struct memory_batch {
	struct memory_bytes blob;
	struct store_batch batch;
};

struct memory_receipt {
	struct memory_bytes record;
	struct store_receipt receipt;
};

struct memory_table {
	size_t row_size;
	bool owns_bytes;     /* rows begin with struct memory_bytes */
	unsigned char *rows; /* before each stand 16 bytes; the first is 1 while the row is in use */
	size_t count, cap;
};

struct memory_undo {
	unsigned table;
	size_t index;
	unsigned char *before; /* the row as it was, its use byte first; NULL: there was no such row */
};

struct memory {
	struct store base;
	struct memory_table tables[MEMORY_TABLES];
	struct memory_undo *undo;
	size_t undo_count, undo_cap;
	bool in_transaction;
};

/* The row of that number, owned by the table; NULL when it was removed. */
void *memory_row(const struct memory *m, unsigned table, size_t index);

/* The number of rows of the table, removed ones included. */
size_t memory_count(const struct memory *m, unsigned table);

/* The number of the first row in use whose `len` bytes at `offset` equal the key's; MEMORY_NONE when there is none. */
struct memory_key {
	size_t offset, len;
	const void *bytes;
};
size_t memory_find(const struct memory *m, unsigned table, const struct memory_key *key);

/*
 * Copy `row` into the row of number `index`. An index of MEMORY_NONE or memory_count() appends; a row of NULL removes.
 * ERR_NO_MEMORY: nothing was changed.
 */
ERR_CHECK enum err memory_set(struct memory *m, unsigned table, size_t index, const void *row);

/* End the transaction and keep its changes. */
void memory_keep(struct memory *m);

/* End the transaction and take its changes back. */
void memory_undo(struct memory *m);

/* Free all tables and what their rows own; `m` itself stays the caller's. */
void memory_free(struct memory *m);

/* -- memory_record.c: batches, incidents and receipts; each function is a member of struct store_kind -- */
enum err memory_record_committed(struct store *s, const uint8_t *device, const uint8_t *spool, uint64_t *seq);
enum err memory_record_put(struct store *s, const struct store_batch *b);
enum err memory_record_list(struct store *s, const struct store_batch_query *q);
enum err memory_record_incident_put(struct store *s, const struct store_incident *i);
enum err memory_record_incident_get(struct store *s, const uint8_t *id, struct store_incident *out);
enum err memory_record_incident_of(struct store *s, const uint8_t *device, const uint8_t *id,
				   struct store_incident *out);
enum err memory_record_incident_list(struct store *s, const struct store_incident_query *q);
enum err memory_record_receipt_put(struct store *s, const struct store_receipt *r);
enum err memory_record_receipt_list(struct store *s, const struct store_receipt_query *q);
enum err memory_record_retain(struct store *s, const struct store_retention *r, int64_t wall_us, unsigned *removed);
enum err memory_record_figures(struct store *s, struct store_figures *out);

/* -- memory_chain.c: proof of receipts; each function is a member of struct store_kind -- */
enum err memory_chain_put(struct store *s, const struct store_chain *c);
enum err memory_chain_get(struct store *s, const uint8_t *device, struct store_chain *out);
enum err memory_chain_receipt_prove(struct store *s, const uint8_t *device, uint64_t seq, enum store_proof proof);
enum err memory_chain_receipt_hash(struct store *s, const uint8_t *device, uint64_t seq, uint8_t *hash);

/* -- memory_order.c: orders and their targets; each function is a member of struct store_kind -- */
enum err memory_order_put(struct store *s, const struct store_order *o, const uint8_t (*devices)[STORE_ID],
			  unsigned device_count);
enum err memory_order_get(struct store *s, const uint8_t *id, struct store_order *out);
enum err memory_order_list(struct store *s, const struct store_order_query *q);
enum err memory_order_target_put(struct store *s, const struct store_target *t);
enum err memory_order_target_get(struct store *s, const uint8_t *order_id, const uint8_t *device,
				 struct store_target *out);
enum err memory_order_target_list(struct store *s, const uint8_t *order_id,
				  bool (*each)(void *, const struct store_target *), void *arg);
enum err memory_order_target_waiting(struct store *s, const struct store_waiting_query *q);
enum err memory_order_target_expire(struct store *s, int64_t wall_s, unsigned *count);
