/* SPDX-License-Identifier: Apache-2.0 */
/* A core that died before it had written down what it read and asked for: the next one reads the same lines. */
#include "tests/unit/agent/core/bench.h"

/* What the actor says at its start about the ban that act asked for. */
static void is_in_force(struct bench *b, const struct actor_act *act, int64_t left_us)
{
	struct actor_effect ban = {.args = act->args,
				   .origin = ORIGIN_RULE,
				   .rule_hash = hash_name("brute_force"),
				   .expires_mono_us = b->now.mono_us + left_us};

	feed(b, &(struct input){.kind = INPUT_EFFECT, .effect = &ban});
}

static void a_ban_is_asked_for_once_though_its_lines_are_read_again(void **state)
{
	struct bench *b = *state;
	struct actor_act asked;
	uint64_t offset;

	fail_by(b, "192.0.2.1", 99, "root");
	save(b);
	offset = b->offset;
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->acts, 1);
	asked = b->act[0];
	restart(b, 3 * SECOND_US, false);
	is_in_force(b, &asked, 597 * SECOND_US);
	feed(b, &(struct input){.kind = INPUT_SYNCED});
	b->offset = offset;
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->findings, 1);
	wait_us(b, 10 * SECOND_US);
	assert_int_equal(b->acts, 0);
}

static void a_ban_that_was_done_unheard_is_not_asked_for_again(void **state)
{
	struct bench *b = *state;
	struct actor_act asked;

	brute_force(b, "192.0.2.1");
	save(b);
	asked = b->act[0];
	restart(b, SECOND_US, false);
	is_in_force(b, &asked, 599 * SECOND_US);
	feed(b, &(struct input){.kind = INPUT_SYNCED});
	wait_us(b, 10 * SECOND_US);
	assert_int_equal(b->acts, 0);
	assert_non_null(strstr(ask(b, "bans", false), "addr=192.0.2.1\tstate=in_force"));
	assert_non_null(strstr(ask(b, "health", false), "well?true"));
}

static void one_that_is_shorter_than_what_waits_is_no_answer(void **state)
{
	struct bench *b = *state;
	struct actor_act asked;

	brute_force(b, "192.0.2.1");
	save(b);
	asked = b->act[0];
	asked.args.duration_s /= 2;
	restart(b, SECOND_US, false);
	is_in_force(b, &asked, 299 * SECOND_US);
	feed(b, &(struct input){.kind = INPUT_SYNCED});
	wait_us(b, 10 * SECOND_US);
	assert_int_equal(b->acts, 1);
	assert_int_equal(b->act[0].args.duration_s, 2 * asked.args.duration_s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ban_is_asked_for_once_though_its_lines_are_read_again),
		TEST(a_ban_that_was_done_unheard_is_not_asked_for_again),
		TEST(one_that_is_shorter_than_what_waits_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
