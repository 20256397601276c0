/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kept receipts of any bytes, as a broken disk or another build may leave them: one that is read fits in its place, can
 * be told to the core, and one of today's form has exactly that spelling.
 */
#include "agent/actor/ledger/receipt_kept.h"
#include "agent/base/require.h"
#include "agent/common/receipt.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t again[RECEIPT_KEPT_MAX], chained[RECEIPT_BYTES_MAX];
	struct buf b = buf_over(again, sizeof(again)), chain = buf_over(chained, sizeof(chained));
	struct actor_receipt r;

	if (receipt_kept_take((struct str){(const char *)data, size}, &r) != ERR_OK)
		return 0;
	receipt_put(&chain, &r);
	if (data[0] != 1)
		return 0;
	receipt_kept_put(&b, &r);
	require(buf_check(&b) == ERR_OK && b.len == size && memcmp(again, data, size) == 0);
	return 0;
}
