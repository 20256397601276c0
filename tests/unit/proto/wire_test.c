/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void fields_come_back_as_they_were_put(void **state)
{
	char memory[256];
	struct buf b = buf_over(memory, sizeof(memory));
	struct wire_field f;
	struct str message;

	(void)state;
	wire_put_int(&b, 1, UINT64_MAX);
	wire_put_int(&b, 2, 0);
	wire_put_bytes(&b, 536870911, STR("abc"));
	wire_put_bytes(&b, 4, STR_NONE);
	wire_put_message(&b, 5, STR_NONE);
	message = buf_str(&b);
	assert_int_equal(wire_next(&message, &f), ERR_OK);
	assert_int_equal(f.number, 1);
	assert_true(f.value == UINT64_MAX);
	assert_int_equal(wire_next(&message, &f), ERR_OK);
	assert_int_equal(f.number, 536870911);
	assert_true(str_equal(f.bytes, STR("abc")));
	assert_int_equal(wire_next(&message, &f), ERR_OK);
	assert_int_equal(f.number, 5);
	assert_int_equal(f.bytes.len, 0);
	assert_int_equal(wire_next(&message, &f), ERR_NOT_FOUND);
}

static void fixed_numbers_are_little_endian(void **state)
{
	struct str message = STR("\x09\x01\x02\x03\x04\x05\x06\x07\x08\x15\x01\x00\x00\x80");
	struct wire_field f;

	(void)state;
	assert_int_equal(wire_next(&message, &f), ERR_OK);
	assert_true(f.value == 0x0807060504030201);
	assert_int_equal(wire_next(&message, &f), ERR_OK);
	assert_int_equal(f.number, 2);
	assert_true(f.value == 0x80000001);
	assert_int_equal(wire_next(&message, &f), ERR_NOT_FOUND);
}

static void what_is_no_field_is_refused(void **state)
{
	static const struct str bad[] = {
		{"\x08", 1},						  /* no value */
		{"\x00\x00", 2},					  /* field 0 */
		{"\x0b", 1},						  /* group */
		{"\x0f\x00", 2},					  /* type 7 */
		{"\x0a\x05xyz", 5},					  /* length past the end */
		{"\x09\x01", 2},					  /* half a fixed64 */
		{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12}, /* varint of eleven bytes */
		{"\xf8\xff\xff\xff\x7f\x00", 6},			  /* number above 2^29-1 */
		{"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},	  /* length of 2^64-1 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(wire_valid(bad[i]));
	assert_true(wire_valid(STR_NONE));
}

static void last_of_a_field_counts(void **state)
{
	char memory[64];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)state;
	wire_put_bytes(&b, 3, STR("first"));
	wire_put_int(&b, 3, 7);
	wire_put_bytes(&b, 3, STR("last"));
	assert_true(str_equal(wire_bytes(buf_str(&b), 3), STR("last")));
	assert_true(str_empty(wire_bytes(buf_str(&b), 4)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_back_as_they_were_put),
		cmocka_unit_test(fixed_numbers_are_little_endian),
		cmocka_unit_test(what_is_no_field_is_refused),
		cmocka_unit_test(last_of_a_field_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
