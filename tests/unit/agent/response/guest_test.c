/* SPDX-License-Identifier: Apache-2.0 */
/* It is sure of a network only when it has watched for long enough and has forgotten nobody who came lately. */
#include "agent/response/guest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define QUIET_S 3600

static const struct hash_key key = {1, 2};
static struct guests guests;
static struct now now;
static void *memory;

static int set_up(void **state)
{
	(void)state;
	memory = malloc(guest_size());
	guest_init(&guests, memory, &key);
	now = (struct now){100 * SECOND_US, 0};
	return memory == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

static struct addr host(unsigned net, unsigned number)
{
	return (struct addr){4, 32, {198, (uint8_t)(net >> 8), (uint8_t)net, (uint8_t)number}};
}

static bool none(unsigned net)
{
	struct addr first = host(net, 0), whole = addr_mask(&first, GUEST_PREFIX);

	return guest_none(&guests, &whole, QUIET_S, now);
}

static void pass(int64_t seconds)
{
	now.mono_us += seconds * SECOND_US;
}

static void log_in(unsigned net)
{
	struct addr src = host(net, 7);

	guest_note(&guests, &src, now.mono_us);
}

static void who_has_not_watched_for_long_knows_nothing(void **state)
{
	(void)state;
	assert_false(none(1));
	guest_watch(&guests, now);
	pass(QUIET_S - 1);
	guest_watch(&guests, now);
	assert_false(none(1));
	pass(1);
	assert_true(none(1));
}

static void a_log_in_counts_for_its_network_alone_and_not_for_ever(void **state)
{
	struct addr v6 = {6, 128, {0x20, 0x01}};

	(void)state;
	guest_watch(&guests, now);
	pass(QUIET_S);
	log_in(1);
	guest_note(&guests, &v6, now.mono_us);
	assert_false(none(1));
	assert_true(none(2));
	pass(QUIET_S - 1);
	assert_false(none(1));
	/* What an old line tells of takes nothing back. */
	guest_note(&guests, &(struct addr){4, 32, {198, 0, 1, 9}}, now.mono_us - 2 * QUIET_S * SECOND_US);
	assert_false(none(1));
	pass(1);
	assert_true(none(1));
}

static void of_more_networks_than_it_keeps_it_is_sure_of_none(void **state)
{
	(void)state;
	guest_watch(&guests, now);
	pass(QUIET_S);
	for (unsigned net = 0; net < GUESTS_MAX; net++)
		log_in(net);
	assert_true(none(GUESTS_MAX + 1));
	pass(1);
	log_in(GUESTS_MAX);
	assert_false(none(GUESTS_MAX + 1));
	pass(QUIET_S - 1);
	assert_true(none(GUESTS_MAX + 1));
	assert_false(none(GUESTS_MAX));
}

static void again(size_t room)
{
	static uint8_t bytes[8192];
	struct buf b = buf_over(bytes, room);
	struct view v;

	(void)guest_save(&guests, &b, now);
	assert_false(b.overflow);
	v = view_over(b.data, b.len);
	guest_init(&guests, memory, &key);
	/* Of another boot. */
	now.mono_us = 5 * SECOND_US;
	guest_restore(&guests, &v, now);
	guest_watch(&guests, now);
}

static void what_it_knows_comes_back_after_a_restart(void **state)
{
	(void)state;
	guest_watch(&guests, now);
	pass(QUIET_S);
	log_in(1);
	pass(QUIET_S / 2);
	log_in(2);
	again(8192);
	assert_true(none(3));
	assert_false(none(1));
	pass(QUIET_S / 2);
	assert_true(none(1));
	assert_false(none(2));
}

static void what_found_no_room_is_as_good_as_forgotten(void **state)
{
	(void)state;
	guest_watch(&guests, now);
	pass(QUIET_S);
	log_in(1);
	pass(QUIET_S / 2);
	log_in(2);
	again(16 + ADDR_SAVED + 8);
	assert_false(none(3));
	assert_false(none(2));
	pass(QUIET_S / 2);
	assert_true(none(3));
	assert_false(none(2));
}

static void damaged_bytes_make_it_sure_of_nothing(void **state)
{
	static uint8_t bytes[64];
	struct view v;

	(void)state;
	for (unsigned fill = 0; fill < 256; fill += 85) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)fill;
		v = view_over(bytes, sizeof(bytes));
		guest_init(&guests, memory, &key);
		guest_restore(&guests, &v, now);
		assert_false(none(1));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_has_not_watched_for_long_knows_nothing),
		TEST(a_log_in_counts_for_its_network_alone_and_not_for_ever),
		TEST(of_more_networks_than_it_keeps_it_is_sure_of_none),
		TEST(what_it_knows_comes_back_after_a_restart),
		TEST(what_found_no_room_is_as_good_as_forgotten),
		TEST(damaged_bytes_make_it_sure_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
