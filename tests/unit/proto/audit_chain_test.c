/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/audit_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct audit_chain_row sample(void)
{
	return (struct audit_chain_row){
		.row = 7,
		.wall_us = 1767323045000000,
		.status = 200,
		.user = STR("ada"),
		.action = STR("login"),
		.detail = STR("\xff"),
		.address = STR("192.0.2.1"),
	};
}

static void hash(const struct audit_chain_row *row, uint8_t first, uint8_t out[AUDIT_CHAIN_HASH])
{
	uint8_t prev[AUDIT_CHAIN_HASH];

	for (unsigned i = 0; i < sizeof(prev); i++)
		prev[i] = (uint8_t)(first + i);
	audit_chain_next(row, prev, out);
}

/* What any implementation comes to (Python: hashlib.sha256(b"CTA1" + prev + struct.pack(">QqH", ...) + texts)). */
static void hash_is_the_one_of_the_test_vector(void **state)
{
	static const uint8_t expected[AUDIT_CHAIN_HASH] = {
		0x53, 0xbf, 0xf8, 0xe9, 0x68, 0x1e, 0x9d, 0x05, 0x7b, 0x2c, 0x0a, 0x03, 0xa6, 0xe0, 0x1b, 0x1a,
		0x26, 0x05, 0x53, 0x51, 0xc9, 0xa0, 0xaa, 0xfc, 0xdf, 0xbe, 0x56, 0xc3, 0x66, 0xf1, 0x9b, 0x8c};
	struct audit_chain_row row = sample();
	uint8_t made[AUDIT_CHAIN_HASH];

	(void)state;
	hash(&row, 0, made);
	assert_memory_equal(made, expected, sizeof(made));
}

static void byte_that_is_no_utf_8_counts_as_json_shows_it(void **state)
{
	struct audit_chain_row row = sample();
	uint8_t byte[AUDIT_CHAIN_HASH], character[AUDIT_CHAIN_HASH];

	(void)state;
	hash(&row, 0, byte);
	row.detail = STR("\xc3\xbf");
	hash(&row, 0, character);
	assert_memory_equal(byte, character, sizeof(byte));
}

static void every_part_of_a_row_changes_its_hash(void **state)
{
	struct audit_chain_row rows[8];
	uint8_t made[9][AUDIT_CHAIN_HASH];

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		rows[i] = sample();
	rows[1].row++;
	rows[2].wall_us++;
	rows[3].status++;
	rows[4].user = STR("ad");
	rows[4].action = STR("alogin");
	rows[5].action = STR("log");
	rows[6].detail = STR("");
	rows[7].address = STR("192.0.2.10");
	for (unsigned i = 0; i < 8; i++)
		hash(&rows[i], 0, made[i]);
	hash(&rows[0], 1, made[8]);
	for (unsigned i = 0; i < 9; i++)
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(made[i], made[k], AUDIT_CHAIN_HASH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_the_one_of_the_test_vector),
		cmocka_unit_test(byte_that_is_no_utf_8_counts_as_json_shows_it),
		cmocka_unit_test(every_part_of_a_row_changes_its_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
