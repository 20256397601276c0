/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen in many devices, and what groups are to ban, comes back as it was put. On both kinds of store. */
#include "server-stub/store/store_crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "/tmp/store_crowd_test.db"

static const uint8_t fleet[STORE_FLEET] = {1};

static int set_up(void **state)
{
	struct store *s;

	unlink(PATH);
	assert_int_equal(store_create(*state ? PATH : NULL, fleet, &s), ERR_OK);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	store_close(*state);
	unlink(PATH);
	unlink(PATH "-wal");
	unlink(PATH "-shm");
	return 0;
}

static struct store_crowd thing(uint8_t kind, uint8_t number, unsigned count)
{
	struct store_crowd c;

	memset(&c, 0, sizeof(c));
	c.kind = kind;
	c.name[0] = number;
	c.name[STORE_CROWD_NAME - 1] = 9;
	c.said_us = 5;
	c.count = count;
	for (unsigned i = 0; i < count; i++) {
		c.seen[i].device[15] = (uint8_t)(i + 1);
		c.seen[i].at_us = (INT64_C(1) << 50) + i;
	}
	return c;
}

struct listed {
	unsigned count;
	struct store_crowd last;
};

static bool see(void *arg, const struct store_crowd *c)
{
	struct listed *l = arg;

	l->count++;
	l->last = *c;
	return true;
}

static struct listed list(struct store *s, uint8_t kind)
{
	struct listed l = {.count = 0};

	assert_int_equal(store_crowd_list(s, kind, see, &l), ERR_OK);
	return l;
}

static void assert_same(const struct store_crowd *a, const struct store_crowd *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_memory_equal(a->name, b->name, STORE_CROWD_NAME);
	assert_int_equal(a->said_us, b->said_us);
	assert_int_equal(a->count, b->count);
	for (unsigned i = 0; i < a->count; i++) {
		assert_memory_equal(a->seen[i].device, b->seen[i].device, STORE_ID);
		assert_int_equal(a->seen[i].at_us, b->seen[i].at_us);
	}
}

static void thing_comes_back_as_it_was_put(void **state)
{
	struct store_crowd c = thing(1, 1, 2), other = thing(2, 1, STORE_CROWD_SIGHTS);
	struct listed l;

	assert_int_equal(store_crowd_put(*state, &c), ERR_OK);
	assert_int_equal(store_crowd_put(*state, &other), ERR_OK);
	c = thing(1, 1, 3);
	c.said_us = 0;
	assert_int_equal(store_crowd_put(*state, &c), ERR_OK);
	l = list(*state, 1);
	assert_int_equal(l.count, 1);
	assert_same(&l.last, &c);
	l = list(*state, 2);
	assert_same(&l.last, &other);
	assert_int_equal(list(*state, 3).count, 0);
	assert_int_equal(store_crowd_remove(*state, 1, c.name), ERR_OK);
	assert_int_equal(store_crowd_remove(*state, 1, c.name), ERR_OK);
	assert_int_equal(list(*state, 1).count, 0);
	assert_int_equal(list(*state, 2).count, 1);
}

static void what_nobody_saw_lately_goes(void **state)
{
	struct store_crowd old = thing(1, 1, 1), late = thing(1, 2, 2), other = thing(2, 1, 1);

	assert_int_equal(store_crowd_put(*state, &old), ERR_OK);
	assert_int_equal(store_crowd_put(*state, &late), ERR_OK);
	assert_int_equal(store_crowd_put(*state, &other), ERR_OK);
	assert_int_equal(store_crowd_retain(*state, 1, late.seen[1].at_us), ERR_OK);
	assert_int_equal(list(*state, 1).count, 1);
	assert_int_equal(list(*state, 1).last.name[0], 2);
	assert_int_equal(list(*state, 2).count, 1);
}

static void what_is_taken_back_was_never_there(void **state)
{
	struct store_crowd a = thing(1, 1, 1), b = thing(1, 2, 1);

	assert_int_equal(store_crowd_put(*state, &a), ERR_OK);
	assert_int_equal(store_begin(*state), ERR_OK);
	assert_int_equal(store_crowd_put(*state, &b), ERR_OK);
	assert_int_equal(store_crowd_remove(*state, 1, a.name), ERR_OK);
	store_rollback(*state);
	assert_int_equal(list(*state, 1).count, 1);
	assert_int_equal(list(*state, 1).last.name[0], 1);
}

struct offered {
	unsigned count;
	struct store_crowd_offer first, last;
};

static bool see_offer(void *arg, const struct store_crowd_offer *o)
{
	struct offered *l = arg;

	if (l->count++ == 0)
		l->first = *o;
	l->last = *o;
	return true;
}

static struct offered offers(struct store *s, int64_t wall_us)
{
	struct offered l = {.count = 0};

	assert_int_equal(store_crowd_offer_list(s, wall_us, see_offer, &l), ERR_OK);
	return l;
}

static struct store_crowd_offer offer(unsigned number, int64_t until_us)
{
	struct store_crowd_offer o;

	memset(&o, 0, sizeof(o));
	snprintf(o.group, sizeof(o.group), "gates");
	o.addr[0] = 4;
	o.addr[1] = 32;
	o.addr[4] = (uint8_t)(number >> 8);
	o.addr[5] = (uint8_t)number;
	o.until_us = until_us;
	return o;
}

static void put_offer(struct store *s, unsigned number, int64_t until_us)
{
	struct store_crowd_offer o = offer(number, until_us);

	assert_int_equal(store_crowd_offer_put(s, &o), ERR_OK);
}

static void offers_that_are_over_are_not_listed(void **state)
{
	struct store_crowd_offer o = offer(2, 200);
	struct offered listed;

	put_offer(*state, 1, 100);
	put_offer(*state, 2, 150);
	put_offer(*state, 3, 300);
	put_offer(*state, 2, 200); /* in its place, and the latest now */
	assert_int_equal(offers(*state, 0).count, 3);
	assert_int_equal(offers(*state, 100).count, 2);
	listed = offers(*state, 100);
	assert_string_equal(listed.last.group, o.group);
	assert_memory_equal(listed.last.addr, o.addr, sizeof(o.addr));
	assert_int_equal(listed.last.until_us, o.until_us);
	assert_int_equal(offers(*state, 200).count, 1);
	assert_int_equal(offers(*state, 300).count, 0);
}

static void oldest_offer_goes_first(void **state)
{
	for (unsigned i = 0; i < STORE_CROWD_OFFERS + 3; i++)
		put_offer(*state, i, 100);
	assert_int_equal(offers(*state, 0).count, STORE_CROWD_OFFERS);
	assert_int_equal(offers(*state, 0).first.addr[5], 3);
	put_offer(*state, 3, 200);
	assert_int_equal(offers(*state, 0).count, STORE_CROWD_OFFERS);
	assert_int_equal(offers(*state, 0).first.addr[5], 4);
}

static void there_is_one_silence_of_many(void **state)
{
	struct store_crowd_hush h = {{3}, 10, 20, 7}, out;

	memset(&out, 1, sizeof(out));
	assert_int_equal(store_crowd_hush_get(*state, &out), ERR_OK);
	assert_int_equal(out.since_us, 0);
	for (; h.most < 9; h.most++)
		assert_int_equal(store_crowd_hush_put(*state, &h), ERR_OK);
	assert_int_equal(store_crowd_hush_get(*state, &out), ERR_OK);
	assert_int_equal(out.device[0], 3);
	assert_int_equal(out.since_us, 10);
	assert_int_equal(out.until_us, 20);
	assert_int_equal(out.most, 8);
}

int main(void)
{
	static int file;
#define TEST(name)                                                                \
	cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, &file), \
		cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, NULL)
	const struct CMUnitTest tests[] = {
		TEST(thing_comes_back_as_it_was_put),
		TEST(what_nobody_saw_lately_goes),
		TEST(what_is_taken_back_was_never_there),
		TEST(offers_that_are_over_are_not_listed),
		TEST(oldest_offer_goes_first),
		TEST(there_is_one_silence_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
