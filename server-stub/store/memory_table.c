/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the memory store, and the list of rows that a rollback restores. Knows of a row only its size. */
#include "server-stub/store/memory.h"

#include "agent/base/require.h"

#include <stdlib.h>
#include <string.h>

static unsigned char *slot(const struct memory_table *t, size_t index)
{
	return t->rows + index * (t->row_size + 16);
}

void *memory_row(const struct memory *m, unsigned table, size_t index)
{
	const struct memory_table *t = &m->tables[table];
	unsigned char *at;

	if (index >= t->count)
		return NULL;
	at = slot(t, index);
	return at[0] ? at + 16 : NULL;
}

size_t memory_count(const struct memory *m, unsigned table)
{
	return m->tables[table].count;
}

size_t memory_find(const struct memory *m, unsigned table, const struct memory_key *key)
{
	for (size_t i = 0; i < m->tables[table].count; i++) {
		const char *row = memory_row(m, table, i);

		if (row && memcmp(row + key->offset, key->bytes, key->len) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static bool grow(void **array, size_t *cap, size_t need, size_t size)
{
	size_t more = *cap ? *cap * 2 : 16;
	void *bigger;

	if (need <= *cap)
		return true;
	bigger = realloc(*array, more * size);
	if (!bigger)
		return false;
	*array = bigger;
	*cap = more;
	return true;
}

static char *bytes_of(const struct memory_table *t, const unsigned char *at)
{
	struct memory_bytes bytes;

	if (!t->owns_bytes || !at || !at[0])
		return NULL;
	memcpy(&bytes, at + 16, sizeof(bytes));
	return bytes.owned;
}

static enum err remember(struct memory *m, unsigned table, size_t index)
{
	struct memory_table *t = &m->tables[table];
	unsigned char *before = NULL;
	void *list = m->undo;

	if (!grow(&list, &m->undo_cap, m->undo_count + 1, sizeof(*m->undo)))
		return ERR_NO_MEMORY;
	m->undo = list;
	if (index < t->count) {
		before = malloc(t->row_size + 16);
		if (!before)
			return ERR_NO_MEMORY;
		memcpy(before, slot(t, index), t->row_size + 16);
	}
	m->undo[m->undo_count++] = (struct memory_undo){table, index, before};
	return ERR_OK;
}

enum err memory_set(struct memory *m, unsigned table, size_t index, const void *row)
{
	struct memory_table *t = &m->tables[table];
	void *rows = t->rows;
	enum err err;

	if (index == MEMORY_NONE)
		index = t->count;
	require(index <= t->count);
	if (!grow(&rows, &t->cap, t->count + 1, t->row_size + 16))
		return ERR_NO_MEMORY;
	t->rows = rows;
	err = remember(m, table, index);
	if (err != ERR_OK)
		return err;
	if (index == t->count)
		t->count++;
	memset(slot(t, index), 0, 16);
	slot(t, index)[0] = row != NULL;
	if (row)
		memcpy(slot(t, index) + 16, row, t->row_size);
	if (!m->in_transaction)
		memory_keep(m);
	return ERR_OK;
}

enum err memory_put(struct store *s, unsigned table, const struct memory_key *key, const void *row)
{
	return memory_set((struct memory *)s, table, memory_find((struct memory *)s, table, key), row);
}

const void *memory_get(struct store *s, unsigned table, const struct memory_key *key)
{
	size_t index = memory_find((struct memory *)s, table, key);

	return index == MEMORY_NONE ? NULL : memory_row((struct memory *)s, table, index);
}

/* A row that owns a copy of the bytes; the caller's array gets the copy's address. */
enum err memory_append(struct memory *m, unsigned table, struct memory_bytes *row, struct str *bytes)
{
	char *copy = malloc(bytes->len ? bytes->len : 1);
	enum err err;

	if (!copy)
		return ERR_NO_MEMORY;
	if (bytes->len)
		memcpy(copy, bytes->data, bytes->len);
	row->owned = copy;
	bytes->data = copy;
	err = memory_set(m, table, MEMORY_NONE, row);
	if (err != ERR_OK)
		free(copy);
	return err;
}

void memory_keep(struct memory *m)
{
	for (size_t i = 0; i < m->undo_count; i++) {
		struct memory_undo *u = &m->undo[i];
		struct memory_table *t = &m->tables[u->table];
		char *bytes = bytes_of(t, u->before);

		if (bytes && bytes != bytes_of(t, slot(t, u->index)))
			free(bytes);
		free(u->before);
	}
	m->undo_count = 0;
	m->in_transaction = false;
}

void memory_undo(struct memory *m)
{
	while (m->undo_count > 0) {
		struct memory_undo *u = &m->undo[--m->undo_count];
		struct memory_table *t = &m->tables[u->table];
		char *bytes = bytes_of(t, slot(t, u->index));

		if (bytes && bytes != bytes_of(t, u->before))
			free(bytes);
		if (u->before)
			memcpy(slot(t, u->index), u->before, t->row_size + 16);
		else
			t->count--;
		free(u->before);
	}
	m->in_transaction = false;
}

void memory_free(struct memory *m)
{
	memory_undo(m);
	for (unsigned i = 0; i < MEMORY_TABLES; i++) {
		struct memory_table *t = &m->tables[i];

		for (size_t n = 0; n < t->count; n++)
			free(bytes_of(t, slot(t, n)));
		free(t->rows);
	}
	free(m->undo);
	free(m);
}
