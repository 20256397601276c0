/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of receipts in memory, by walks over the tables. */
#include "server-stub/store/memory.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

static size_t find(struct memory *m, const uint8_t *device)
{
	const struct memory_key key = {offsetof(struct store_chain, device), STORE_ID, device};

	return memory_find(m, MEMORY_CHAIN, &key);
}

enum err memory_chain_put(struct store *s, const struct store_chain *c)
{
	return memory_set(memory_of(s), MEMORY_CHAIN, find(memory_of(s), c->device), c);
}

enum err memory_chain_get(struct store *s, const uint8_t *device, struct store_chain *out)
{
	const struct store_chain *row = memory_row(memory_of(s), MEMORY_CHAIN, find(memory_of(s), device));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static const struct memory_receipt *receipt_of(struct memory *m, size_t index, const uint8_t *device)
{
	const struct memory_receipt *row = memory_row(m, MEMORY_RECEIPT, index);

	return row && memcmp(row->receipt.device, device, STORE_ID) == 0 ? row : NULL;
}

enum err memory_chain_receipt_prove(struct store *s, const uint8_t *device, uint64_t seq, enum store_proof proof)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_RECEIPT); i++) {
		const struct memory_receipt *row = receipt_of(m, i, device);
		struct memory_receipt changed;

		if (!row || row->receipt.proof != PROOF_PENDING || row->receipt.chain_seq > seq)
			continue;
		changed = *row;
		changed.receipt.proof = (uint8_t)proof;
		err = memory_set(m, MEMORY_RECEIPT, i, &changed);
	}
	return err;
}

enum err memory_chain_receipt_hash(struct store *s, const uint8_t *device, uint64_t seq, uint8_t *hash)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_RECEIPT); i++) {
		const struct memory_receipt *row = receipt_of(m, i, device);

		if (!row || row->receipt.proof == PROOF_DISORDER || row->receipt.chain_seq != seq)
			continue;
		memcpy(hash, row->receipt.chain_hash, STORE_HASH);
		return ERR_OK;
	}
	return ERR_NOT_FOUND;
}
