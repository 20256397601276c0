/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of the chain of receipts; the actor makes them, the service and the command line make them again. */
#include "proto/chain.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"

void chain_hash(const struct chain_place *place, struct str receipt, uint8_t hash[CHAIN_HASH])
{
	uint8_t bytes[4 + 8 + 8 + CHAIN_HASH + CHAIN_HASH], digest[CHAIN_HASH];
	struct buf b = buf_over(bytes, sizeof(bytes));

	key_sha256(receipt.data, receipt.len, digest);
	buf_text(&b, "CTR1");
	buf_be64(&b, place->seq);
	buf_be64(&b, place->prev_seq);
	buf_bytes(&b, place->prev, CHAIN_HASH);
	buf_bytes(&b, digest, sizeof(digest));
	key_sha256(b.data, b.len, hash);
}

void chain_statement(uint64_t seq, const uint8_t hash[CHAIN_HASH], uint8_t statement[CHAIN_STATEMENT])
{
	struct buf b = buf_over(statement, CHAIN_STATEMENT);

	buf_text(&b, "CTH1");
	buf_be64(&b, seq);
	buf_bytes(&b, hash, CHAIN_HASH);
}
