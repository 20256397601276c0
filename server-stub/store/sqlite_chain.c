/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of receipts in SQLite. An index holds only the receipts that wait for a signature, which are few. */
#include "server-stub/store/sqlite_chain.h"

#include "server-stub/store/sqlite.h"

#include <string.h>

static const struct sqlite_column chain_columns[] = {
	SQLITE_MEMBER(BLOB, struct store_chain, device),    SQLITE_MEMBER(BLOB, struct store_chain, key),
	SQLITE_MEMBER(INT, struct store_chain, seq),	    SQLITE_MEMBER(BLOB, struct store_chain, hash),
	SQLITE_MEMBER(INT, struct store_chain, proven_seq), SQLITE_MEMBER(BLOB, struct store_chain, incident),
	SQLITE_MEMBER(INT, struct store_chain, waits_us),   SQLITE_MEMBER(INT, struct store_chain, waits_wall_us),
};

static const struct sqlite_shape chain = SQLITE_SHAPE(chain_columns);

static struct sqlite *sqlite_of(struct store *s)
{
	return (struct sqlite *)s;
}

enum err sqlite_chain_put(struct store *store, const struct store_chain *c)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_CHAIN_PUT);

	sqlite_query_bind(query, &chain, c);
	return sqlite_query_write(sqlite_of(store), query);
}

enum err sqlite_chain_get(struct store *store, const uint8_t *device, struct store_chain *out)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_CHAIN_GET);

	sqlite_query_blob(query, 1, device, STORE_ID);
	return sqlite_query_one(sqlite_of(store), query, &chain, out);
}

enum err sqlite_chain_receipt_prove(struct store *store, const uint8_t *device, uint64_t seq, enum store_proof proof)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_RECEIPT_PROVE);

	sqlite_query_blob(query, 1, device, STORE_ID);
	sqlite_query_int(query, 2, (int64_t)seq);
	sqlite_query_int(query, 3, proof);
	return sqlite_query_write(sqlite_of(store), query);
}

enum err sqlite_chain_receipt_hash(struct store *store, const uint8_t *device, uint64_t seq, uint8_t *hash)
{
	sqlite3_stmt *query = sqlite_query(sqlite_of(store), SQL_RECEIPT_HASH);
	enum err err;

	sqlite_query_blob(query, 1, device, STORE_ID);
	sqlite_query_int(query, 2, (int64_t)seq);
	if (sqlite_query_row(sqlite_of(store), query, &err))
		sqlite_query_bytes(query, 0, hash, STORE_HASH);
	else if (err == ERR_OK)
		err = ERR_NOT_FOUND;
	sqlite3_reset(query);
	return err;
}
