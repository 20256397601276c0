/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of fixed-size rows in memory, with a transaction that can be taken back. The memory store is built on them
 * (memory*.c). A row keeps its number (from 0) for as long as the store is open, so
 * lists use it as the row's identity. A row may own bytes: then it begins with struct memory_bytes, and its table's
 * owns_bytes is true. For this folder only.
 */
#pragma once

#include "server-stub/store/kind.h"

enum memory_table_id {
	MEMORY_DEVICE,
	MEMORY_TOKEN,
	MEMORY_SPOOL,
	MEMORY_BATCH,
	MEMORY_ORDER,
	MEMORY_TARGET,
	MEMORY_USER,
	MEMORY_SESSION,
	MEMORY_PASSKEY,
	MEMORY_AUDIT,
	MEMORY_OBJECT,
	MEMORY_OBJECT_TARGET,
	MEMORY_OUTPUT,
	MEMORY_OUTPUT_ITEM,
	MEMORY_CROWD,
	MEMORY_OFFER,
	MEMORY_HUSH,
	MEMORY_FACTORY,
	MEMORY_ORIGIN,
	/* The tables of views, one set after the other; MEMORY_VIEW picks one of the chosen set. */
	MEMORY_INCIDENT,
	MEMORY_RECEIPT,
	MEMORY_CHAIN,
	MEMORY_ANSWER,
	MEMORY_HEALTH,
	MEMORY_NOTE,
	MEMORY_POSITION,
	MEMORY_KEPT_INCIDENT,
	MEMORY_TABLES = MEMORY_KEPT_INCIDENT + MEMORY_KEPT_INCIDENT - MEMORY_INCIDENT
};

#define MEMORY_VIEW_TABLES (MEMORY_KEPT_INCIDENT - MEMORY_INCIDENT)
#define MEMORY_VIEW(m, table) ((unsigned)(table) + (unsigned)(m)->set * MEMORY_VIEW_TABLES)
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
	struct log_batch batch;
};

struct memory_receipt {
	struct memory_bytes record;
	struct views_receipt receipt;
};

/* Its bytes are one piece, of object.have bytes. */
struct memory_object {
	struct memory_bytes bytes;
	struct store_object object;
};

struct memory_output {
	struct store_output output;
	struct store_output_state state;
};

/* `name` is the output's; empty: the incident changed, and nobody has looked at it since. */
struct memory_output_item {
	char name[STORE_NAME_MAX];
	struct store_output_item item;
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
	enum views_set set;
	int64_t known_us; /* store_gap */
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
#define MEMORY_KEY(type, member, value) \
	(&(struct memory_key){offsetof(type, member), sizeof(((type *)0)->member), (value)})
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

/* memory_set for the row of that key, or a new one; and memory_row of that key. */
ERR_CHECK enum err memory_put(struct store *s, unsigned table, const struct memory_key *key, const void *row);
const void *memory_get(struct store *s, unsigned table, const struct memory_key *key);

/* Append a row that owns a copy of the bytes; *bytes, which lies in the row, gets the copy's address. */
ERR_CHECK enum err memory_append(struct memory *m, unsigned table, struct memory_bytes *row, struct str *bytes);

/* The number of the log's entries and of their bytes. */
uint64_t memory_care_held(const struct memory *m, uint64_t *batches);
enum err memory_care_figures(struct store *s, struct store_figures *out);

/* The four interfaces; each is in the file of its name. */
extern const struct log_kind memory_log;
extern const struct registry_kind memory_registry;
extern const struct views_kind memory_views;
extern const struct person_kind memory_person;
extern const struct store_object_kind memory_object;
extern const struct store_output_kind memory_output;
extern const struct store_crowd_kind memory_crowd;
extern const struct store_factory_kind memory_factory;
