/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/chain.h"

#include "agent/base/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct chain_place sample = {258, 257, {1, 2, 3}};

/* What any implementation of the format must come to (Python: hashlib.sha256 over struct.pack(">4sQQ32s32s", ...)). */
static void hash_is_the_one_of_the_test_vector(void **state)
{
	static const uint8_t expected[CHAIN_HASH] = {0x98, 0x18, 0x82, 0xbb, 0x5e, 0xe1, 0x3d, 0x97, 0xa7, 0x1e, 0xe1,
						     0xe6, 0x8b, 0xe2, 0xc7, 0xf2, 0xca, 0x70, 0xd3, 0x86, 0x97, 0xd3,
						     0x38, 0xf2, 0x23, 0x06, 0xa9, 0x13, 0x2f, 0xfc, 0x82, 0x53};
	uint8_t hash[CHAIN_HASH];

	(void)state;
	chain_hash(&sample, STR("receipt"), hash);
	assert_memory_equal(hash, expected, CHAIN_HASH);
}

static void every_part_of_a_place_changes_its_hash(void **state)
{
	struct chain_place places[4] = {sample, sample, sample, sample};
	uint8_t hash[CHAIN_HASH], other[CHAIN_HASH];

	(void)state;
	places[0].seq++;
	places[1].prev_seq--;
	places[2].prev[31] ^= 1;
	chain_hash(&sample, STR("receipt"), hash);
	for (unsigned i = 0; i < 4; i++) {
		chain_hash(&places[i], i == 3 ? STR("Receipt") : STR("receipt"), other);
		assert_memory_not_equal(hash, other, CHAIN_HASH);
	}
}

static void statement_is_its_prefix_number_and_hash(void **state)
{
	uint8_t hash[CHAIN_HASH], statement[CHAIN_STATEMENT];

	(void)state;
	memset(hash, 7, sizeof(hash));
	chain_statement(0x0102030405060708, hash, statement);
	assert_memory_equal(statement, "CTH1\1\2\3\4\5\6\7\10", 12);
	assert_memory_equal(statement + 12, hash, CHAIN_HASH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_the_one_of_the_test_vector),
		cmocka_unit_test(every_part_of_a_place_changes_its_hash),
		cmocka_unit_test(statement_is_its_prefix_number_and_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
