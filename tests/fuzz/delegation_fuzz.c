/* SPDX-License-Identifier: Apache-2.0 */
/* Delegations against any bytes: what is taken is within its bounds, and reads back the same. */
#include "agent/base/require.h"
#include "proto/delegation.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char memory[DELEGATION_BYTES_MAX], why[DELEGATION_WHY_MAX] = "";
	struct buf b = buf_over(memory, sizeof(memory));
	struct delegation d, again;

	if (delegation_read((struct str){(const char *)data, size}, &d, why) != ERR_OK) {
		require(d.most == 0 && why[0]);
		return 0;
	}
	require(d.most <= DELEGATION_MOST_MAX && d.longest_s >= 1 && d.longest_s <= DELEGATION_LONGEST_MAX);
	require(d.widest4 >= DELEGATION_WIDEST4_MIN && d.widest4 <= 32);
	require(d.widest6 >= DELEGATION_WIDEST6_MIN && d.widest6 <= 128);
	delegation_put(&b, &d);
	require(buf_check(&b) == ERR_OK && delegation_read(buf_str(&b), &again, why) == ERR_OK);
	require(memcmp(&d, &again, sizeof(d)) == 0);
	return 0;
}
