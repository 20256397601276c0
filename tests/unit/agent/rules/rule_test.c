/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/rules/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key key = {3, 4};

struct bench {
	struct settings settings;
	struct rule_set set;
	struct rules rules;
	void *memory, *set_memory;
	struct now now;
};

static void begin(struct bench *b, uint32_t srcs)
{
	b->now = (struct now){1000 * SECOND_US, 0};
	b->memory = malloc(rule_size(srcs));
	b->set_memory = malloc(rule_set_size(rule_builtin.count));
	assert_int_equal(rule_set_init(&b->set, b->set_memory, &rule_builtin, &b->settings), ERR_OK);
	rule_init(&b->rules, (struct lru_room){b->memory, srcs}, &b->set, key);
}

static void defaults(struct bench *b)
{
	settings_default(&b->settings);
	b->settings.rules[RULE_BREACH].count = 3;
	begin(b, 256);
}

static struct attempt attempt_by(uint8_t last, uint8_t class, const char *user)
{
	return (struct attempt){.class = class,
				.service = SERVICE_SSHD,
				.weight = 1,
				.user = str_from(user),
				.src = {4, 32, {192, 0, 2, last}}};
}

/* Bits of the rules that fire. */
static unsigned feed(struct bench *b, int64_t later_us, const struct attempt *a)
{
	struct event event = {.kind = EVENT_AUTH};
	struct rule_round round;
	struct rule_finding found;
	unsigned bits = 0;

	b->now.mono_us += later_us;
	rule_look(&b->rules, &(struct rule_input){&event, a, b->now, false}, &round);
	rule_begin(&b->rules, &round);
	while (rule_next(&b->rules, &round, &found))
		bits |= found.count ? 1u << (found.rule - b->set.rows) : 0;
	return bits;
}

static void rule_of_thresholds_fires_at_its_count_and_after_as_many_more(void **state)
{
	struct bench b;
	struct attempt a = attempt_by(1, ATTEMPT_FAILURE, "root"), other = attempt_by(2, ATTEMPT_FAILURE, "root");

	(void)state;
	defaults(&b);
	for (unsigned i = 1; i <= 15; i++) {
		assert_int_equal(feed(&b, SECOND_US, &a), i % 5 == 0 ? 1u << RULE_BRUTE_FORCE : 0);
		if (i < 5)
			assert_int_equal(feed(&b, 0, &other), 0);
	}
	free(b.memory);
	free(b.set_memory);
}

static void rule_windows_slide(void **state)
{
	struct bench b;
	struct attempt a = attempt_by(1, ATTEMPT_FAILURE, "root");

	(void)state;
	defaults(&b);
	b.settings.rules[RULE_BRUTE_FORCE].window_us = 100 * SECOND_US;
	/* Four in a tumbling window's end and one in the next's start are five in a sliding one. */
	assert_int_equal(feed(&b, 99 * SECOND_US, &a), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(feed(&b, 10 * SECOND_US, &a), 0);
	assert_int_equal(feed(&b, 60 * SECOND_US, &a), 1u << RULE_BRUTE_FORCE);
	/* One every 26 s: never five within 100 s. */
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(feed(&b, 26 * SECOND_US, &a), 0);
	free(b.memory);
	free(b.set_memory);
}

static void rule_counts_repeated_lines_as_often(void **state)
{
	struct bench b;
	struct attempt a = attempt_by(1, ATTEMPT_FAILURE, "root");

	(void)state;
	defaults(&b);
	a.weight = 4;
	assert_int_equal(feed(&b, 0, &a), 0);
	a.weight = 1;
	assert_int_equal(feed(&b, 0, &a), 1u << RULE_BRUTE_FORCE);
	free(b.memory);
	free(b.set_memory);
}

static void rule_of_users_counts_different_ones(void **state)
{
	struct bench b;
	unsigned fired = 0;

	(void)state;
	settings_default(&b.settings);
	b.settings.rules[RULE_BRUTE_FORCE].enabled = false;
	begin(&b, 256);
	for (unsigned i = 0; i < 100; i++) {
		struct attempt a = attempt_by(1, ATTEMPT_FAILURE, i % 2 ? "root" : "admin");

		fired |= feed(&b, 0, &a);
	}
	assert_int_equal(fired, 0);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = {"a", "b", "c"};
		struct attempt a = attempt_by(1, ATTEMPT_FAILURE, names[i]);

		fired = feed(&b, 0, &a);
		assert_int_equal(fired, i == 2 ? 1u << RULE_SPRAYING : 0);
	}
	free(b.memory);
	free(b.set_memory);
}

static void rule_of_unknown_users_looks_at_those_alone(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d", "e"};
	struct bench b;

	(void)state;
	settings_default(&b.settings);
	b.settings.rules[RULE_BRUTE_FORCE].enabled = b.settings.rules[RULE_SPRAYING].enabled = false;
	begin(&b, 256);
	for (unsigned known = 0; known < 2; known++) {
		for (unsigned i = 0; i < 5; i++) {
			struct attempt a = attempt_by((uint8_t)(1 + known), ATTEMPT_FAILURE, names[i]);

			a.unknown_user = !known;
			assert_int_equal(feed(&b, 0, &a), !known && i == 4 ? 1u << RULE_ENUMERATION : 0);
		}
	}
	free(b.memory);
	free(b.set_memory);
}

static void rule_of_breach_wants_failures_first(void **state)
{
	struct bench b;
	struct attempt fail = attempt_by(1, ATTEMPT_FAILURE, "root"), win = attempt_by(1, ATTEMPT_SUCCESS, "root");
	struct attempt by_key = attempt_by(1, ATTEMPT_KEY, "root"), elsewhere = attempt_by(2, ATTEMPT_SUCCESS, "root");

	(void)state;
	defaults(&b);
	assert_int_equal(feed(&b, 0, &win), 0);
	for (unsigned i = 0; i < 2; i++)
		feed(&b, 0, &fail);
	assert_int_equal(feed(&b, 0, &win), 0);
	feed(&b, 0, &fail);
	assert_int_equal(feed(&b, 0, &elsewhere), 0);
	assert_int_equal(feed(&b, 0, &by_key), 0);
	assert_int_equal(feed(&b, 0, &win), 1u << RULE_BREACH);
	/* That brute force has fired meanwhile takes nothing away. */
	feed(&b, 0, &fail);
	assert_int_equal(feed(&b, 0, &fail), 1u << RULE_BRUTE_FORCE);
	assert_int_equal(feed(&b, 0, &win), 1u << RULE_BREACH);
	assert_int_equal(feed(&b, 2 * HOUR_US, &win), 0);
	free(b.memory);
	free(b.set_memory);
}

static void rule_takes_an_ipv6_network_as_one_src(void **state)
{
	struct bench b;

	(void)state;
	for (unsigned prefix = 64; prefix <= 128; prefix += 64) {
		unsigned fired = 0;

		settings_default(&b.settings);
		b.settings.ban_prefix6 = (uint8_t)prefix;
		begin(&b, 256);
		for (uint8_t i = 0; i < 5; i++) {
			struct attempt a = {.class = ATTEMPT_FAILURE,
					    .weight = 1,
					    .user = STR("root"),
					    .src = {6, 128, {0x20, 1, 0xd, 0xb8, [15] = i}}};

			fired |= feed(&b, 0, &a);
		}
		assert_int_equal(fired, prefix == 64 ? 1u << RULE_BRUTE_FORCE : 0);
		free(b.memory);
		free(b.set_memory);
	}
}

static void rule_state_is_bounded_and_says_what_it_gave_up(void **state)
{
	struct bench b;

	(void)state;
	settings_default(&b.settings);
	begin(&b, 64);
	for (unsigned i = 0; i < 1000; i++) {
		struct attempt a = attempt_by(1, ATTEMPT_FAILURE, "root");

		a.src.bytes[1] = (uint8_t)(i >> 8);
		a.src.bytes[2] = (uint8_t)i;
		feed(&b, 0, &a);
	}
	assert_true(state_evicted(&b.rules.state) > 900);
	free(b.memory);
	free(b.set_memory);
}

static void rule_counts_beyond_memory_are_cut_and_said(void **state)
{
	struct bench b;
	uint32_t kept;

	(void)state;
	settings_default(&b.settings);
	b.settings.rules[RULE_SPRAYING].count = 10000;
	begin(&b, 64);
	assert_false(rule_fits(&b.rules, &b.set.rows[RULE_SPRAYING], &kept));
	assert_true(kept > 50 && kept < 10000);
	assert_true(rule_fits(&b.rules, &b.set.rows[RULE_BRUTE_FORCE], &kept));
	free(b.memory);
	free(b.set_memory);
	settings_default(&b.settings);
	for (unsigned i = 0; i < RULES_MAX; i++)
		b.settings.rules[i].enabled = false;
	begin(&b, 64);
	struct attempt a = attempt_by(1, ATTEMPT_FAILURE, "root");

	assert_int_equal(feed(&b, 0, &a), 0);
	free(b.memory);
	free(b.set_memory);
}

static void rule_forgets_a_welcome_src(void **state)
{
	struct bench b;
	struct attempt a = attempt_by(1, ATTEMPT_FAILURE, "root");

	(void)state;
	defaults(&b);
	for (unsigned i = 0; i < 4; i++)
		feed(&b, 0, &a);
	rule_forget(&b.rules, rule_group(&b.rules, &a.src, STR_NONE));
	assert_int_equal(feed(&b, 0, &a), 0);
	free(b.memory);
	free(b.set_memory);
}

static void rule_series_survive_save_and_restore(void **state)
{
	uint8_t saved[4096];
	struct attempt a = attempt_by(1, ATTEMPT_FAILURE, "root");
	struct bench b;

	(void)state;
	for (unsigned late = 0; late < 2; late++) {
		defaults(&b);
		for (unsigned i = 0; i < 4; i++)
			feed(&b, SECOND_US, &a);
		struct buf out = buf_over(saved, sizeof(saved));

		assert_int_equal(state_save(&b.rules.state, &out, state_ticks(b.now.mono_us)), 0);
		free(b.memory);
		free(b.set_memory);
		defaults(&b);
		b.now.mono_us = 5 * SECOND_US;
		struct view v = view_over(saved, out.len);

		state_restore(&b.rules.state, &v,
			      (struct state_times){state_ticks(b.now.mono_us),
						   state_ticks(late ? 11 * MINUTE_US : MINUTE_US)});
		assert_int_equal(v.len, 0);
		assert_int_equal(feed(&b, 0, &a), late ? 0 : 1u << RULE_BRUTE_FORCE);
		free(b.memory);
		free(b.set_memory);
	}
}

static void rule_series_leave_out_the_oldest_when_room_is_short(void **state)
{
	enum { HEADS = STATE_MAX * 12, SRC = 12 + 4, SHARE = 10 * SRC };
	uint8_t saved[HEADS + STATE_MAX * SHARE];
	struct buf out = buf_over(saved, HEADS + (STATE_MAX - 1) * SHARE);
	struct bench b;

	(void)state;
	defaults(&b);
	for (uint8_t i = 0; i < 50; i++) {
		struct attempt a = attempt_by(i, ATTEMPT_PROBE, "");

		feed(&b, SECOND_US, &a);
	}
	/* What a series before it did not need is shared by it and those behind it. */
	assert_int_equal(state_save(&b.rules.state, &out, state_ticks(b.now.mono_us)), 40);
	assert_int_equal(out.len, HEADS + SHARE);
	out = buf_over(saved, HEADS - 1);
	assert_int_equal(state_save(&b.rules.state, &out, state_ticks(b.now.mono_us)), 50);
	assert_int_equal(out.len, 0);
	free(b.memory);
	free(b.set_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule_of_thresholds_fires_at_its_count_and_after_as_many_more),
		cmocka_unit_test(rule_windows_slide),
		cmocka_unit_test(rule_counts_repeated_lines_as_often),
		cmocka_unit_test(rule_of_users_counts_different_ones),
		cmocka_unit_test(rule_of_unknown_users_looks_at_those_alone),
		cmocka_unit_test(rule_of_breach_wants_failures_first),
		cmocka_unit_test(rule_takes_an_ipv6_network_as_one_src),
		cmocka_unit_test(rule_state_is_bounded_and_says_what_it_gave_up),
		cmocka_unit_test(rule_counts_beyond_memory_are_cut_and_said),
		cmocka_unit_test(rule_forgets_a_welcome_src),
		cmocka_unit_test(rule_series_survive_save_and_restore),
		cmocka_unit_test(rule_series_leave_out_the_oldest_when_room_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
