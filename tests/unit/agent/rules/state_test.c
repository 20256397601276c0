/* SPDX-License-Identifier: Apache-2.0 */
/* The series of marks: what they keep when more comes than they hold, in what order, and over a restart. */
#include "agent/rules/attempt.h"
#include "agent/rules/state.h"

#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MARKS 4u
#define WINDOW_US MINUTE_US
#define NOW_US (1000 * SECOND_US)

static const struct state_want wants[STATE_MAX] = {
	[STATE_FAILURES] = {MARKS, WINDOW_US},
	[STATE_USERS] = {MARKS, WINDOW_US},
};

static void *begin(struct state *s, uint32_t srcs)
{
	void *memory = malloc(state_size(srcs));

	assert_non_null(memory);
	state_init(s, memory, srcs, wants);
	return memory;
}

static struct state_event failure(uint64_t group, int64_t us, uint32_t user)
{
	return (struct state_event){
		.group = group, .now = state_ticks(us), .weight = 1, .user = user, .class = ATTEMPT_FAILURE};
}

static uint32_t count_of(const struct state *s, uint8_t series, uint64_t group, int64_t us)
{
	struct state_event event = failure(group, us, 0);

	return state_count(s, &event, (struct state_question){series, false, state_ticks(WINDOW_US)});
}

static void series_that_no_rule_reads_keep_nothing(void **state)
{
	struct state_event probe = {.group = 1, .weight = 1, .class = ATTEMPT_PROBE};
	struct state s;
	void *memory = begin(&s, 64);

	(void)state;
	state_feed(&s, &probe);
	assert_int_equal(count_of(&s, STATE_PROBES, 1, 0), 0);
	assert_int_equal(state_need(&s, STATE_PROBES, 5), 0);
	/* To begin anew, to forget and to save what is not there is nothing. */
	state_restart(&s, STATE_PROBES, 1);
	state_restart(&s, STATE_FAILURES, 1);
	state_forget(&s, 1);
	uint8_t saved[128];
	struct buf b = buf_over(saved, sizeof(saved));

	assert_int_equal(state_save(&s, &b, 0), 0);
	assert_int_equal(b.len, STATE_MAX * 12); /* names and lengths */
	free(memory);
}

static void marks_beyond_the_count_replace_the_oldest(void **state)
{
	struct state_event many = failure(1, NOW_US, 0);
	struct state s;
	void *memory = begin(&s, 64);

	(void)state;
	many.weight = 1000;
	state_feed(&s, &many);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US), MARKS);
	/* Names: 1 to 4, then 1 again, so that 5 takes the place of 2. */
	for (uint32_t i = 0; i < 6; i++) {
		struct state_event e = failure(2, NOW_US + i * 10 * SECOND_US, i == 4 ? 1 : i == 5 ? 5 : i + 1);

		state_feed(&s, &e);
	}
	assert_int_equal(count_of(&s, STATE_USERS, 2, NOW_US + 50 * SECOND_US), MARKS);
	/* 3 (of +20 s) is the oldest now; had 1 been left at +0 s, two of them would be gone. */
	assert_int_equal(count_of(&s, STATE_USERS, 2, NOW_US + 81 * SECOND_US), MARKS - 1);
	assert_int_equal(count_of(&s, STATE_USERS, 2, NOW_US + 91 * SECOND_US), MARKS - 2);
	free(memory);
}

/* Two sources are read one after the other, so time may go back a little. */
static void marks_of_the_future_count_as_those_of_the_past(void **state)
{
	struct state_event e = failure(1, NOW_US + 10 * SECOND_US, 0);
	struct state s;
	void *memory = begin(&s, 64);

	(void)state;
	state_feed(&s, &e);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US), 1);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US - WINDOW_US), 0);
	free(memory);
}

static void srcs_that_no_window_holds_are_no_loss(void **state)
{
	struct state s;
	void *memory = begin(&s, 16);
	uint64_t group = 0;

	(void)state;
	while (state_evicted(&s) == 0) {
		struct state_event e = failure(++group, NOW_US, 0);

		state_feed(&s, &e);
	}
	assert_int_equal(s.lost, 1);
	/* All of these have been quiet for longer than a window. */
	for (unsigned i = 0; i < 10; i++) {
		struct state_event e = failure(++group, NOW_US + 3 * WINDOW_US, 0);

		state_feed(&s, &e);
	}
	assert_int_equal(s.lost, 1);
	assert_int_equal(state_evicted(&s), 11);
	free(memory);
}

static void capacity_ends_where_the_tables_do(void **state)
{
	struct state s;
	void *memory = begin(&s, 200000);

	(void)state;
	for (uint64_t group = 1; group <= LRU_CAPACITY_MAX + 1; group++) {
		struct state_event e = failure(group, NOW_US, 0);

		state_feed(&s, &e);
	}
	assert_int_equal(s.lost, 1);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US), 0);
	assert_int_equal(count_of(&s, STATE_FAILURES, 2, NOW_US), 1);
	free(memory);
}

/* Memory for one src more than the series' heads must not be given to fewer than it can serve. */
static void counts_are_cut_until_some_srcs_fit(void **state)
{
	static const struct state_want greedy[STATE_MAX] = {[STATE_USERS] = {10000, WINDOW_US}};
	struct state s;
	void *memory = malloc(state_size(64));

	(void)state;
	state_init(&s, memory, 64, greedy);
	assert_in_range(state_need(&s, STATE_USERS, 10000), 2, 9999);
	for (uint64_t group = 1; group <= 16; group++) {
		struct state_event e = failure(group, NOW_US, 7);

		state_feed(&s, &e);
	}
	assert_int_equal(state_evicted(&s), 0);
	free(memory);
}

struct saved {
	uint8_t bytes[4096];
	struct buf b;
};

static void put_src(struct saved *to, uint64_t group, uint16_t fresh, const uint32_t *ages, uint16_t count)
{
	buf_be64(&to->b, group);
	buf_be16(&to->b, count);
	buf_be16(&to->b, fresh);
	for (uint16_t i = 0; i < count; i++)
		buf_be32(&to->b, ages[i]);
}

static void restore(struct state *s, const struct saved *from, int64_t elapsed_us)
{
	struct view v = view_over(from->bytes, from->b.len);

	state_restore_series(s, hash_name("failures"), &v,
			     (struct state_times){state_ticks(NOW_US), state_ticks(elapsed_us)});
}

static void restore_leaves_out_what_is_too_old(void **state)
{
	uint32_t ages[] = {UINT32_MAX, state_ticks(2 * WINDOW_US), state_ticks(WINDOW_US - 10 * SECOND_US), 0};
	struct saved saved = {.b = buf_over(saved.bytes, sizeof(saved.bytes))};
	struct state s;
	void *memory = begin(&s, 64);

	(void)state;
	put_src(&saved, 1, 4, ages, 4);
	put_src(&saved, 2, 4, ages, 2);
	restore(&s, &saved, 20 * SECOND_US);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US), 1);
	assert_int_equal(count_of(&s, STATE_FAILURES, 2, NOW_US), 0);
	/* The one without marks has taken no room: its key is not there yet. */
	assert_null(lru_find(&s.series[STATE_FAILURES], 2));
	free(memory);
}

/* A device was off for longer than the window, and reads the lines that it had not yet noted as read. */
static void restore_keeps_for_lines_of_then_what_is_too_old_now(void **state)
{
	uint32_t ages[] = {state_ticks(10 * SECOND_US), 0};
	struct saved saved = {.b = buf_over(saved.bytes, sizeof(saved.bytes))};
	int64_t pause_us = 300 * 24 * HOUR_US;
	struct state s;
	void *memory = begin(&s, 64);

	(void)state;
	put_src(&saved, 1, 2, ages, 2);
	restore(&s, &saved, pause_us);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US), 0);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US - pause_us), 2);
	free(memory);
}

/* What is not fresh has made a rule fire before: it must not do so again. */
static void restore_keeps_how_many_are_fresh(void **state)
{
	static const uint32_t ages[4];
	struct saved saved = {.b = buf_over(saved.bytes, sizeof(saved.bytes))};
	struct state_question question = {STATE_FAILURES, true, state_ticks(WINDOW_US)};
	struct state_event e = failure(1, NOW_US, 0);
	struct state s;
	void *memory = begin(&s, 64);

	(void)state;
	put_src(&saved, 1, 1, ages, 4);
	put_src(&saved, 2, 9, ages, 3);
	restore(&s, &saved, 0);
	assert_int_equal(state_count(&s, &e, question), 1);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US), 4);
	e.group = 2;
	assert_int_equal(state_count(&s, &e, question), 3);
	free(memory);
}

static void restore_ignores_damage_and_takes_no_more_than_fits(void **state)
{
	static const uint32_t ages[2];
	struct saved saved = {.b = buf_over(saved.bytes, sizeof(saved.bytes))};
	struct state s;
	void *memory = begin(&s, 16);

	(void)state;
	put_src(&saved, 0, 1, ages, 1); /* no src has this key */
	put_src(&saved, 1, 1, ages, 1);
	put_src(&saved, 1, 2, ages, 2); /* twice: the first stands */
	for (uint64_t group = 2; group <= 200; group++)
		put_src(&saved, group, 1, ages, 1);
	put_src(&saved, 300, 2, ages, 2);
	saved.b.len -= 4; /* torn */
	restore(&s, &saved, 0);
	assert_int_equal(count_of(&s, STATE_FAILURES, 0, NOW_US), 0);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US), 1);
	assert_int_equal(count_of(&s, STATE_FAILURES, 2, NOW_US), 1);
	assert_int_equal(count_of(&s, STATE_FAILURES, 200, NOW_US), 0);
	assert_int_equal(state_evicted(&s), 0);
	free(memory);
	memory = begin(&s, 1024);
	restore(&s, &saved, 0);
	assert_int_equal(count_of(&s, STATE_FAILURES, 200, NOW_US), 1);
	assert_int_equal(count_of(&s, STATE_FAILURES, 300, NOW_US), 0);
	free(memory);
}

/* A build that has more series, or has them in another order, gives no series the marks of another. */
static void restore_knows_series_by_their_names(void **state)
{
	struct state_times times = {state_ticks(NOW_US), 0};
	struct saved saved = {.b = buf_over(saved.bytes, sizeof(saved.bytes))}, mixed = saved;
	struct state s;
	void *memory = begin(&s, 16);
	struct state_event e = failure(1, NOW_US, 0);
	size_t first = 12 + 12 + 4;

	(void)state;
	mixed.b = buf_over(mixed.bytes, sizeof(mixed.bytes));
	state_feed(&s, &e);
	assert_int_equal(state_save(&s, &saved.b, state_ticks(NOW_US)), 0);
	buf_be64(&mixed.b, hash_name("of_a_later_build"));
	buf_be32(&mixed.b, 16);
	buf_bytes(&mixed.b, saved.bytes + 12, 16);
	buf_bytes(&mixed.b, saved.bytes + first, saved.b.len - first);
	buf_bytes(&mixed.b, saved.bytes, first);
	struct view v = view_over(mixed.bytes, mixed.b.len);

	free(memory);
	memory = begin(&s, 16);
	state_restore(&s, &v, times);
	assert_int_equal(v.len, 0);
	assert_int_equal(count_of(&s, STATE_FAILURES, 1, NOW_US), 1);
	free(memory);
	memory = begin(&s, 16);
	v = view_over(mixed.bytes, mixed.b.len - first);
	state_restore(&s, &v, times);
	for (uint8_t i = 0; i < STATE_MAX; i++)
		assert_int_equal(count_of(&s, i, 1, NOW_US), 0);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(series_that_no_rule_reads_keep_nothing),
		cmocka_unit_test(marks_beyond_the_count_replace_the_oldest),
		cmocka_unit_test(marks_of_the_future_count_as_those_of_the_past),
		cmocka_unit_test(srcs_that_no_window_holds_are_no_loss),
		cmocka_unit_test(capacity_ends_where_the_tables_do),
		cmocka_unit_test(counts_are_cut_until_some_srcs_fit),
		cmocka_unit_test(restore_leaves_out_what_is_too_old),
		cmocka_unit_test(restore_keeps_for_lines_of_then_what_is_too_old_now),
		cmocka_unit_test(restore_keeps_how_many_are_fresh),
		cmocka_unit_test(restore_ignores_damage_and_takes_no_more_than_fits),
		cmocka_unit_test(restore_knows_series_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
