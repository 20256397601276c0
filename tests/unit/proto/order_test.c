/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/hex.h"
#include "proto/frame.h"
#include "proto/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char why[ORDER_WHY_MAX];

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
	o.step_count = 3;
	o.steps[0].args.verb = VERB_BAN;
	o.steps[0].args.duration_s = 600;
	o.steps[0].args.addr = (struct addr){6, 64, {0x20, 0x01, 0x0d, 0xb8}};
	o.steps[1].when = ORDER_IF_DONE;
	o.steps[1].args.verb = VERB_LOGOUT;
	memcpy(o.steps[1].args.account, "bob", 4);
	o.steps[2].when = ORDER_IF_FAILED;
	o.steps[2].args.verb = VERB_KILL;
	o.steps[2].args.pid = 4711;
	o.steps[2].args.start_ticks = UINT64_C(0x1122334455667788);
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
	assert_int_equal(order_decode(bytes, len, &back, why), ERR_OK);
	assert_memory_equal(&back, &o, sizeof(o));
	o.target_kind = ORDER_GROUP;
	o.target_count = 0;
	memset(o.targets, 0, sizeof(o.targets));
	memcpy(o.group, "gates", 6);
	len = encode(&o, bytes);
	assert_int_equal(order_decode(bytes, len, &back, why), ERR_OK);
	assert_memory_equal(&back, &o, sizeof(o));
	o.dry_run = true;
	len = encode(&o, bytes);
	assert_int_equal(order_decode(bytes, len, &back, why), ERR_OK);
	assert_memory_equal(&back, &o, sizeof(o));
}

/* A guard that knows no dry runs must not take one for an order. */
static void order_that_is_a_dry_run_has_a_format_of_its_own(void **state)
{
	struct order o = full_order(), dry = o;
	uint8_t bytes[ORDER_BYTES_MAX], dry_bytes[ORDER_BYTES_MAX];
	char text[ORDER_DESCRIBE_MAX] = "";
	struct buf b = buf_over(text, sizeof(text) - 1);
	size_t len = encode(&o, bytes);

	(void)state;
	dry.dry_run = true;
	assert_int_equal(encode(&dry, dry_bytes), len);
	assert_memory_equal(dry_bytes, "CTOD", 4);
	assert_memory_equal(dry_bytes + 4, bytes + 4, len - 4);
	assert_false(order_same(&o, &dry));
	order_describe(&b, &dry);
	assert_memory_equal(text, "dry run: ban ", 13);
}

static void order_bytes_are_what_the_header_says(void **state)
{
	struct order o = full_order();
	uint8_t bytes[ORDER_BYTES_MAX];
	size_t len = encode(&o, bytes);

	(void)state;
	assert_memory_equal(bytes, "CTO2\x00\x01\x02", 7);
	assert_memory_equal(bytes + 20, "\0\0\0\0\x6b\x49\xd2\x00", 8);
	assert_int_equal(bytes[44], 15);
	assert_int_equal(bytes[60], ORDER_DEVICES);
	assert_int_equal(bytes[61], 2);
	assert_int_equal(bytes[94], 3);
	assert_memory_equal(bytes + 95, "\0\1\0\2\1\22\6\100\x20\x01\x0d\xb8", 12);
	assert_memory_equal(bytes + 119, "\2\4\0\0\2\x58", 6);
	assert_memory_equal(bytes + 125, "\0\4\1\1\3\3bob", 9);
	assert_memory_equal(bytes + 134, "\0\5\2\2\4\4\0\0\x12\x67\5\10\x11\x22\x33\x44\x55\x66\x77\x88", 20);
	assert_int_equal(len, 154);
}

static void order_cut_or_lengthened_is_refused(void **state)
{
	struct order o = full_order(), back;
	static const struct order none;
	uint8_t bytes[ORDER_BYTES_MAX + 1] = {0};
	size_t len = encode(&o, bytes);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_equal(order_decode(bytes, cut, &back, why), ERR_TRUNCATED);
		if (cut >= 20)
			assert_memory_equal(back.id, o.id, sizeof(o.id));
		memset(back.id, 0, sizeof(back.id));
		assert_memory_equal(&back, &none, sizeof(none));
	}
	assert_int_equal(order_decode(bytes, len + 1, &back, why), ERR_TOO_LONG);
	assert_int_equal(order_decode(bytes, sizeof(bytes), &back, why), ERR_TOO_LONG);
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
		if (order_decode(bytes, len, &back, why) == ERR_OK) {
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
	REFUSED(o.step_count = 0);
	REFUSED(o.step_count = ORDER_STEPS_MAX + 1);
	REFUSED(o.steps[0].when = ORDER_IF_DONE);
	REFUSED(o.steps[1].when = ORDER_WHEN_MAX);
	REFUSED(o.steps[0].args.verb = 0);
	REFUSED(o.steps[0].args.verb = 99);
	REFUSED(o.steps[0].args.pid = 7);
	REFUSED(o.target_kind = 4);
	REFUSED(o.target_count = 0);
	REFUSED(o.target_count = ORDER_TARGETS_MAX + 1);
	REFUSED(o.not_after_s = o.not_before_s);
	REFUSED(o.not_after_s = o.not_before_s + ORDER_WINDOW_MAX_S + 1);
	REFUSED(o.created_s = -1);
	REFUSED(o.steps[0].args.addr.bytes[15] = 1);
	REFUSED(o.steps[0].args.addr.family = 5);
	REFUSED(o.steps[0].args.addr.prefix = 129);
	REFUSED(o.steps[2].args.pid = -1);
	REFUSED(memcpy(o.author, "a\nb", 4));
	REFUSED(memset(o.steps[1].args.account, 'a', sizeof(o.steps[1].args.account)));
#undef REFUSED
	o = full_order();
	b = buf_over(bytes, 40);
	assert_int_equal(order_encode(&b, &o), ERR_TOO_LONG);
}

/* What a service of the version before signed: CTO1, ban 2001:db8::/64 for 600 s, for a group. */
static const uint8_t old_order[] = "CTO1\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
				   "\0\0\0\0\x6b\x49\xd2\x00\0\0\0\0\x6b\x49\xd2\x0a\0\0\0\0\x6b\x49\xe0\x10"
				   "\3ada\2\5gates"
				   "\0\1\0\0\0\0\2\x58\6\100\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0"
				   "\0\0\0\0\0\0\0\0\0\0\0\0\0";

static void order_of_the_old_format_is_one_step(void **state)
{
	uint8_t bytes[sizeof(old_order)];
	struct order back;
	size_t verb = 4 + 16 + 24 + 4 + 7;

	(void)state;
	assert_int_equal(order_decode(old_order, sizeof(old_order) - 1, &back, why), ERR_OK);
	assert_int_equal(back.step_count, 1);
	assert_string_equal(back.group, "gates");
	assert_int_equal(back.steps[0].args.verb, VERB_BAN);
	assert_int_equal(back.steps[0].args.duration_s, 600);
	assert_int_equal(back.steps[0].args.addr.prefix, 64);
	memcpy(bytes, old_order, sizeof(bytes));
	bytes[verb + 1] = 77;
	assert_int_equal(order_decode(bytes, sizeof(bytes) - 1, &back, why), ERR_UNSUPPORTED);
	assert_non_null(strstr(why, "There is no verb 77"));
	bytes[verb + 1] = VERB_KILL;
	assert_int_equal(order_decode(bytes, sizeof(bytes) - 1, &back, why), ERR_INVALID);
	assert_non_null(strstr(why, "kill takes no addr"));
	bytes[3] = '7';
	assert_int_equal(order_decode(bytes, sizeof(bytes) - 1, &back, why), ERR_INVALID);
	assert_non_null(strstr(why, "not an order in a format of this build"));
}

static void order_says_which_step_is_wrong(void **state)
{
	struct order o = full_order(), back;
	uint8_t bytes[ORDER_BYTES_MAX];
	size_t len = encode(&o, bytes);

	(void)state;
	bytes[135] = 99; /* the third step's verb */
	assert_int_equal(order_decode(bytes, len, &back, why), ERR_UNSUPPORTED);
	assert_non_null(strstr(why, "Step 3: There is no verb 99"));
	bytes[135] = VERB_KILL;
	bytes[138] = 99; /* its first argument */
	assert_int_equal(order_decode(bytes, len, &back, why), ERR_INVALID);
	assert_non_null(strstr(why, "Step 3: kill: argument 99 is not known"));
	bytes[138] = VERB_PID;
	bytes[94] = 9;
	assert_int_equal(order_decode(bytes, len, &back, why), ERR_INVALID);
	assert_non_null(strstr(why, "1 to 8 steps, this one has 9"));
	bytes[94] = 2;
	assert_int_equal(order_decode(bytes, len, &back, why), ERR_TOO_LONG);
}

static void order_is_described_step_by_step(void **state)
{
	struct order o = full_order(), other = o;
	char text[ORDER_DESCRIBE_MAX];
	struct buf b = buf_over(text, sizeof(text) - 1);

	(void)state;
	order_describe(&b, &o);
	text[b.len] = '\0';
	assert_string_equal(text, "ban 2001:db8::/64 for 600 s; if done logout bob; if failed kill 4711 "
				  "start_ticks=1234605616436508552");
	assert_true(order_same(&o, &other));
	other.created_s++;
	assert_true(order_same(&o, &other));
	other.steps[2].when = ORDER_ALWAYS;
	assert_false(order_same(&o, &other));
	other = o;
	other.steps[0].args.duration_s--;
	assert_false(order_same(&o, &other));
}

static void order_steps_follow_the_outcome_before_them(void **state)
{
	(void)state;
	assert_true(order_step_due(ORDER_ALWAYS, false));
	assert_true(order_step_due(ORDER_IF_DONE, true));
	assert_false(order_step_due(ORDER_IF_DONE, false));
	assert_true(order_step_due(ORDER_IF_FAILED, false));
	assert_false(order_step_due(ORDER_IF_FAILED, true));
	for (uint8_t when = 0; when < ORDER_WHEN_MAX; when++)
		assert_int_equal(order_when_number(order_when_name(when)), when);
	assert_int_equal(order_when_number("perhaps"), ORDER_WHEN_MAX);
}

static struct order two_steps(uint16_t first, uint8_t when, uint16_t second)
{
	struct order o = {.step_count = 2, .steps = {{ORDER_ALWAYS, {.verb = first}}, {when, {.verb = second}}}};

	memcpy(o.steps[0].args.account, "alice", 6);
	memcpy(o.steps[1].args.account, "alice", 6);
	return o;
}

static void order_with_a_step_that_another_makes_void_is_refused(void **state)
{
	struct order o = two_steps(VERB_LOCK, ORDER_ALWAYS, VERB_RESET);
	char why[ORDER_WHY_MAX];

	(void)state;
	assert_int_equal(order_check_steps(&o, why), ERR_INVALID);
	assert_string_equal(why,
			    "Step 2: 'reset' is void while the 'lock' of step 1 is in force; put it before that step.");
	o.steps[1].when = ORDER_IF_DONE;
	assert_int_equal(order_check_steps(&o, why), ERR_INVALID);
	/* Instead of it, of another account, after its end, or before it. */
	o.steps[1].when = ORDER_IF_FAILED;
	assert_int_equal(order_check_steps(&o, why), ERR_OK);
	o.steps[1].when = ORDER_ALWAYS;
	o.steps[1].args.account[0] = 'm';
	assert_int_equal(order_check_steps(&o, why), ERR_OK);
	o = two_steps(VERB_LOCK, ORDER_ALWAYS, VERB_UNLOCK);
	o.steps[2] = o.steps[1];
	o.steps[2].args.verb = VERB_RESET;
	o.step_count = 3;
	assert_int_equal(order_check_steps(&o, why), ERR_OK);
	o = two_steps(VERB_RESET, ORDER_ALWAYS, VERB_LOCK);
	assert_int_equal(order_check_steps(&o, why), ERR_OK);
	o = two_steps(VERB_LOCK, ORDER_ALWAYS, VERB_LOGOUT);
	assert_int_equal(order_check_steps(&o, why), ERR_OK);
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

/* tests/console/order.mjs holds the console to the same lines: "HEX WORDS". */
static void orders_that_the_console_signs_are_what_the_guard_reads(void **state)
{
	FILE *f = fopen("tests/console/orders.txt", "r");
	char line[2 * ORDER_BYTES_MAX + ORDER_DESCRIBE_MAX + 2];
	unsigned count = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		uint8_t bytes[ORDER_BYTES_MAX], again[ORDER_BYTES_MAX];
		char text[ORDER_DESCRIBE_MAX] = "";
		struct buf b = buf_over(text, sizeof(text) - 1);
		struct str words = str_trim(str_from(line)), hex = str_cut(&words, ' ');
		struct order o;

		assert_true(hex_read(hex, bytes, hex.len / 2));
		assert_int_equal(order_decode(bytes, hex.len / 2, &o, why), ERR_OK);
		assert_int_equal(encode(&o, again), hex.len / 2);
		assert_memory_equal(again, bytes, hex.len / 2);
		order_describe(&b, &o);
		assert_true(str_equal(buf_str(&b), words));
		count++;
	}
	fclose(f);
	assert_true(count > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_round_trip_keeps_every_field),
		cmocka_unit_test(order_that_is_a_dry_run_has_a_format_of_its_own),
		cmocka_unit_test(order_bytes_are_what_the_header_says),
		cmocka_unit_test(order_cut_or_lengthened_is_refused),
		cmocka_unit_test(order_has_one_spelling),
		cmocka_unit_test(order_fields_out_of_range_are_refused),
		cmocka_unit_test(order_of_the_old_format_is_one_step),
		cmocka_unit_test(order_says_which_step_is_wrong),
		cmocka_unit_test(order_is_described_step_by_step),
		cmocka_unit_test(order_steps_follow_the_outcome_before_them),
		cmocka_unit_test(order_with_a_step_that_another_makes_void_is_refused),
		cmocka_unit_test(order_window_has_two_ends),
		cmocka_unit_test(order_targets_devices_groups_and_all),
		cmocka_unit_test(orders_that_the_console_signs_are_what_the_guard_reads),
		cmocka_unit_test(frame_is_taken_whole_or_not),
		cmocka_unit_test(frame_too_long_ends_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
