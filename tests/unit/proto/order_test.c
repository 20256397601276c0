/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/frame.h"
#include "proto/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct order full_order(void)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	for (unsigned i = 0; i < sizeof(o.id); i++)
		o.id[i] = (uint8_t)i;
	o.created_s = 1800000000;
	o.not_before_s = 1800000010;
	o.not_after_s = 1800003600;
	memcpy(o.author, "ada@example.org", 16);
	o.target_kind = ORDER_DEVICES;
	o.target_count = 2;
	memset(o.targets[0], 0x11, 16);
	memset(o.targets[1], 0x22, 16);
	o.verb = 5;
	o.duration_s = 600;
	o.addr_family = 6;
	o.addr_prefix = 64;
	memcpy(o.addr, "\x20\x01\x0d\xb8", 4);
	o.pid = 4711;
	o.start_ticks = UINT64_C(0x1122334455667788);
	memcpy(o.account, "bob", 4);
	return o;
}

static size_t encode(const struct order *o, uint8_t bytes[ORDER_BYTES_MAX])
{
	struct buf b = buf_over(bytes, ORDER_BYTES_MAX);

	assert_int_equal(order_encode(&b, o), ERR_OK);
	return b.len;
}

static void order_round_trip_keeps_every_field(void **state)
{
	struct order o = full_order(), back;
	uint8_t bytes[ORDER_BYTES_MAX];
	size_t len = encode(&o, bytes);

	(void)state;
	assert_int_equal(order_decode(bytes, len, &back), ERR_OK);
	assert_memory_equal(&back, &o, sizeof(o));
	o.target_kind = ORDER_GROUP;
	o.target_count = 0;
	memset(o.targets, 0, sizeof(o.targets));
	memcpy(o.group, "gates", 6);
	len = encode(&o, bytes);
	assert_int_equal(order_decode(bytes, len, &back), ERR_OK);
	assert_memory_equal(&back, &o, sizeof(o));
}

static void order_bytes_are_what_the_header_says(void **state)
{
	struct order o = full_order();
	uint8_t bytes[ORDER_BYTES_MAX];
	size_t len = encode(&o, bytes);

	(void)state;
	assert_memory_equal(bytes, "CTO1\x00\x01\x02", 7);
	assert_memory_equal(bytes + 20, "\0\0\0\0\x6b\x49\xd2\x00", 8);
	assert_int_equal(bytes[44], 15);
	assert_int_equal(bytes[60], ORDER_DEVICES);
	assert_int_equal(bytes[61], 2);
	assert_int_equal(len, 62 + 32 + 2 + 2 + 4 + 2 + 16 + 4 + 8 + 1 + 3);
}

static void order_cut_or_lengthened_is_refused(void **state)
{
	struct order o = full_order(), back;
	static const struct order none;
	uint8_t bytes[ORDER_BYTES_MAX + 1] = {0};
	size_t len = encode(&o, bytes);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(order_decode(bytes, cut, &back), ERR_TRUNCATED);
		assert_memory_equal(&back, &none, sizeof(none));
	}
	assert_int_equal(order_decode(bytes, len + 1, &back), ERR_TOO_LONG);
	assert_int_equal(order_decode(bytes, sizeof(bytes), &back), ERR_TOO_LONG);
}

/* A signature must not fit two spellings of one order. */
static void order_has_one_spelling(void **state)
{
	struct order o = full_order(), back;
	uint8_t bytes[ORDER_BYTES_MAX], again[ORDER_BYTES_MAX];
	size_t len = encode(&o, bytes);

	(void)state;
	for (size_t i = 0; i < len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		if (order_decode(bytes, len, &back) == ERR_OK) {
			assert_int_equal(encode(&back, again), len);
			assert_memory_equal(again, bytes, len);
		}
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void order_fields_out_of_range_are_refused(void **state)
{
	uint8_t bytes[ORDER_BYTES_MAX];
	struct buf b;
	struct order o;

	(void)state;
#define REFUSED(change)                                              \
	do {                                                         \
		o = full_order();                                    \
		change;                                              \
		b = buf_over(bytes, sizeof(bytes));                  \
		assert_int_equal(order_encode(&b, &o), ERR_INVALID); \
	} while (0)
	REFUSED(o.verb = 0);
	REFUSED(o.verb = 99);
	REFUSED(o.flags = 1);
	REFUSED(o.target_kind = 4);
	REFUSED(o.target_count = 0);
	REFUSED(o.target_count = ORDER_TARGETS_MAX + 1);
	REFUSED(o.not_after_s = o.not_before_s);
	REFUSED(o.not_after_s = o.not_before_s + ORDER_WINDOW_MAX_S + 1);
	REFUSED(o.created_s = -1);
	REFUSED(o.addr[15] = 1);
	REFUSED(o.addr_family = 5);
	REFUSED(o.addr_prefix = 129);
	REFUSED(o.pid = -1);
	REFUSED(memcpy(o.author, "a\nb", 4));
	REFUSED(memset(o.account, 'a', sizeof(o.account)));
#undef REFUSED
	o = full_order();
	b = buf_over(bytes, 40);
	assert_int_equal(order_encode(&b, &o), ERR_TOO_LONG);
}

static void order_window_has_two_ends(void **state)
{
	struct order o = full_order();

	(void)state;
	assert_int_equal(order_window(&o, o.not_before_s - 1), ERR_NOT_YET);
	assert_int_equal(order_window(&o, o.not_before_s), ERR_OK);
	assert_int_equal(order_window(&o, o.not_after_s), ERR_OK);
	assert_int_equal(order_window(&o, o.not_after_s + 1), ERR_EXPIRED);
	o.not_after_s = o.not_before_s + ORDER_WINDOW_MAX_S + 1;
	assert_int_equal(order_window(&o, o.not_before_s), ERR_INVALID);
}

static void order_targets_devices_groups_and_all(void **state)
{
	struct order o = full_order();
	uint8_t id[16];

	(void)state;
	memset(id, 0x22, sizeof(id));
	assert_true(order_targets(&o, id, ""));
	memset(id, 0x33, sizeof(id));
	assert_false(order_targets(&o, id, "gates"));
	o.target_kind = ORDER_GROUP;
	memcpy(o.group, "gates", 6);
	assert_true(order_targets(&o, id, "gates"));
	assert_false(order_targets(&o, id, "gate"));
	o.target_kind = ORDER_ALL;
	assert_true(order_targets(&o, id, ""));
}

static void frame_is_taken_whole_or_not(void **state)
{
	uint8_t bytes[FRAME_HEADER + 5] = {0};
	struct str input, frame;

	(void)state;
	frame_header(bytes, 5);
	memcpy(bytes + FRAME_HEADER, "hello", 5);
	for (size_t len = 0; len < sizeof(bytes); len++) {
		input = (struct str){(const char *)bytes, len};
		assert_int_equal(frame_take(&input, &frame), ERR_TRUNCATED);
		assert_int_equal(input.len, len);
	}
	input = (struct str){(const char *)bytes, sizeof(bytes)};
	assert_int_equal(frame_take(&input, &frame), ERR_OK);
	assert_true(str_equal(frame, STR("hello")));
	assert_int_equal(input.len, 0);
	frame_header(bytes, 0);
	input = (struct str){(const char *)bytes, sizeof(bytes)};
	assert_int_equal(frame_take(&input, &frame), ERR_OK);
	assert_int_equal(frame.len, 0);
	assert_int_equal(input.len, 5);
}

static void frame_too_long_ends_the_link(void **state)
{
	uint8_t bytes[FRAME_HEADER] = {0, 1, 0, 1};
	struct str input = {(const char *)bytes, sizeof(bytes)}, frame;

	(void)state;
	assert_int_equal(frame_take(&input, &frame), ERR_TOO_LONG);
	bytes[3] = 0;
	assert_int_equal(frame_take(&input, &frame), ERR_TRUNCATED);
	bytes[0] = 0xff;
	assert_int_equal(frame_take(&input, &frame), ERR_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_round_trip_keeps_every_field),
		cmocka_unit_test(order_bytes_are_what_the_header_says),
		cmocka_unit_test(order_cut_or_lengthened_is_refused),
		cmocka_unit_test(order_has_one_spelling),
		cmocka_unit_test(order_fields_out_of_range_are_refused),
		cmocka_unit_test(order_window_has_two_ends),
		cmocka_unit_test(order_targets_devices_groups_and_all),
		cmocka_unit_test(frame_is_taken_whole_or_not),
		cmocka_unit_test(frame_too_long_ends_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
