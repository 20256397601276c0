/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided is asked for until it is answered: in order, at the budget's pace, however the actor answers. */
#include "agent/response/response.h"

#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TABLE = 1024 };

struct bench {
	struct settings settings;
	struct rule_set set;
	struct rules rules;
	void *set_memory, *rule_memory;
	struct response response;
	struct finding incident;
	struct now now;
	void *memory;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	settings_default(&b->settings);
	b->settings.bans_per_minute = 100000;
	b->now = (struct now){100 * SECOND_US, 1700000000 * SECOND_US};
	b->memory = malloc(response_size(TABLE));
	memset(b->memory, 0xa5, response_size(TABLE));
	b->set_memory = malloc(rule_set_size(rule_builtin.count));
	b->rule_memory = malloc(rule_size(64));
	assert_int_equal(rule_set_init(&b->set, b->set_memory, &rule_builtin, &b->settings), ERR_OK);
	rule_init(&b->rules, (struct lru_room){b->rule_memory, 64}, &b->set, (struct hash_key){1, 2});
	response_init(&b->response, (struct lru_room){b->memory, TABLE}, &b->rules);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	free(b->memory);
	free(b->set_memory);
	free(b->rule_memory);
	free(b);
	return 0;
}

static struct addr ipv4(unsigned n)
{
	return (struct addr){4, 32, {198, 18, (uint8_t)(n >> 8), (uint8_t)n}};
}

/* The rule has found something about this address. */
static void find(struct bench *b, struct addr src)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];

	b->incident = (struct finding){.subject = {.addr = src}, .id = {src.bytes[3], src.bytes[2]}};
	b->incident.rule = hash_name("brute_force");
	assert_int_equal(response_case(&b->response,
				       &(struct response_case){
					       .finding = &b->incident,
					       .now = b->now,
					       .opened = true,
				       },
				       refusals),
			 0);
}

static void answer(struct bench *b, const struct actor_act *act, uint8_t result, enum err err)
{
	struct actor_receipt r = {.header = {MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), act->header.request_id}};

	r.origin = act->origin;
	r.result = result;
	r.err = (uint8_t)err;
	r.args = act->args;
	if (result == RECEIPT_DONE)
		r.expires_wall_us = b->now.wall_us + (int64_t)r.args.duration_s * SECOND_US;
	response_receipt(&b->response, &r, b->now);
}

static bool take(struct bench *b, struct actor_act *act)
{
	return response_take(&b->response, b->now, act);
}

static void pass(struct bench *b, int64_t us)
{
	b->now.mono_us += us;
	b->now.wall_us += us;
	response_tick(&b->response, b->now);
}

static void response_asks_for_a_thousand_bans_in_their_order(void **state)
{
	struct bench *b = *state;
	struct actor_act sent[BAN_QUEUE_SENT_MAX], extra;

	for (unsigned i = 0; i < 1000; i++)
		find(b, ipv4(i));
	for (unsigned i = 0; i < 1000;) {
		unsigned n = 0;

		while (n < BAN_QUEUE_SENT_MAX && take(b, &sent[n]))
			n++;
		assert_true(n == BAN_QUEUE_SENT_MAX || i + n == 1000);
		assert_false(take(b, &extra));
		for (unsigned k = 0; k < n; k++, i++) {
			struct addr want = ipv4(i);

			assert_true(addr_equal(&sent[k].args.addr, &want));
			assert_int_equal(sent[k].incident[0], want.bytes[3]);
			answer(b, &sent[k], RECEIPT_DONE, ERR_OK);
		}
	}
	assert_false(take(b, &extra));
	assert_int_equal(b->response.queue.waiting + b->response.queue.sent, 0);
	assert_int_equal(b->response.overflow, 0);
	assert_int_equal(b->response.bans.table.count, 1000);
	assert_true(response_deadline(&b->response) > b->now.mono_us);
}

static void response_says_what_found_no_room_and_owes_it(void **state)
{
	struct bench *b = *state;
	struct actor_act act;

	for (unsigned i = 0; i < TABLE; i++)
		find(b, ipv4(i));
	assert_true(response_is_behind(&b->response, b->now));
	find(b, ipv4(TABLE));
	assert_int_equal(b->response.overflow, 1);
	assert_int_equal(b->incident.owed, 1u << VERB_BAN);
	assert_true(take(b, &act));
	answer(b, &act, RECEIPT_DONE, ERR_OK);
	/* One in force may be forgotten for it, none that waits. */
	find(b, ipv4(TABLE));
	assert_int_equal(b->response.overflow, 1);
	assert_int_equal(b->incident.owed, 0);
	assert_int_equal(b->response.bans.table.evicted, 1);
	for (unsigned i = 1; i <= TABLE; i++) {
		struct addr want = ipv4(i);

		assert_true(take(b, &act));
		assert_true(addr_equal(&act.args.addr, &want));
		answer(b, &act, RECEIPT_DONE, ERR_OK);
	}
	assert_false(take(b, &act));
}

static void response_keeps_bans_that_the_actor_cannot_do_now(void **state)
{
	static const enum err not_now[] = {ERR_BUDGET, ERR_BUSY, ERR_FULL};
	struct bench *b = *state;
	struct actor_act act, first[100];
	unsigned asked = 0;

	for (unsigned i = 0; i < 100; i++)
		find(b, ipv4(i));
	for (unsigned i = 0; i < 2 * 3600; i++, pass(b, SECOND_US / 2))
		for (; take(b, &act); asked++)
			answer(b, &act, RECEIPT_REFUSED, not_now[asked % 3]);
	/* An hour of that: one asks now and then whether it is over. */
	assert_in_range(asked, 50, 150);
	assert_true(response_bans_wait(&b->response, b->now));
	assert_int_equal(b->response.queue.waiting, 100);
	pass(b, 2 * MINUTE_US);
	for (unsigned i = 0; i < 100; i++) {
		struct addr want = ipv4(i);

		assert_true(take(b, &first[i]));
		assert_true(addr_equal(&first[i].args.addr, &want));
		answer(b, &first[i], RECEIPT_DONE, ERR_OK);
	}
	assert_false(response_bans_wait(&b->response, b->now));
	assert_int_equal(b->response.failed, 0);
}

static void response_sends_what_waits_when_the_actor_can_ban_again(void **state)
{
	struct bench *b = *state;
	struct actor_act act;

	find(b, ipv4(1));
	for (unsigned i = 0; i < 100; i++, pass(b, SECOND_US))
		while (take(b, &act))
			answer(b, &act, RECEIPT_FAILED, ERR_UNSUPPORTED);
	for (; !take(b, &act); pass(b, SECOND_US))
		;
	answer(b, &act, RECEIPT_FAILED, ERR_UNSUPPORTED);
	pass(b, SECOND_US);
	assert_false(take(b, &act));
	response_can_ban(&b->response);
	assert_true(response_deadline(&b->response) <= b->now.mono_us);
	assert_true(take(b, &act));
	answer(b, &act, RECEIPT_DONE, ERR_OK);
	assert_false(take(b, &act));
}

static void response_lets_one_bad_ban_not_hold_up_the_others(void **state)
{
	struct bench *b = *state;
	struct actor_act act;
	unsigned done = 0, bad = 0;

	for (unsigned i = 0; i < 300; i++)
		find(b, ipv4(i));
	for (unsigned i = 0; i < 600; i++, pass(b, SECOND_US)) {
		if (i && i < 100)
			find(b, ipv4(1000 + i));
		while (take(b, &act)) {
			bool is_bad = act.args.addr.bytes[2] == 0 && act.args.addr.bytes[3] == 7;

			answer(b, &act, is_bad ? RECEIPT_FAILED : RECEIPT_DONE, is_bad ? ERR_IO : ERR_OK);
			bad += is_bad;
			done += !is_bad;
		}
		assert_true(i > 0 || done == 299);
	}
	assert_int_equal(done, 299 + 99);
	assert_int_equal(bad, BAN_QUEUE_TRIES_MAX);
	assert_int_equal(b->response.gave_up, 1);
	assert_int_equal(b->response.queue.waiting, 0);
}

static void response_asks_again_when_answers_are_lost(void **state)
{
	struct bench *b = *state;
	struct actor_act act;
	unsigned asked = 0;

	for (unsigned i = 0; i < 100; i++)
		find(b, ipv4(i));
	while (take(b, &act))
		asked++;
	assert_int_equal(asked, BAN_QUEUE_SENT_MAX);
	for (unsigned i = 0, done = 0; i < 1000 && done < 100; i++, pass(b, SECOND_US))
		for (; i > 31 && take(b, &act); done++)
			answer(b, &act, RECEIPT_ALREADY, ERR_OK);
	assert_int_equal(b->response.queue.waiting + b->response.queue.sent, 0);
	assert_int_equal(b->response.bans.table.count, 100);
}

static void response_paces_bans_by_the_budget(void **state)
{
	struct bench *b = *state;
	struct actor_act act;
	unsigned asked = 0;

	b->settings.bans_per_minute = 10;
	for (unsigned i = 0; i < 30; i++)
		find(b, ipv4(i));
	for (; take(b, &act); asked++)
		answer(b, &act, RECEIPT_DONE, ERR_OK);
	assert_int_equal(asked, 10);
	assert_true(response_bans_wait(&b->response, b->now));
	assert_false(response_is_behind(&b->response, b->now));
	for (unsigned i = 0; i < 130; i++, pass(b, SECOND_US))
		for (; take(b, &act); asked++)
			answer(b, &act, RECEIPT_DONE, ERR_OK);
	assert_int_equal(asked, 30);
	/* None at all is none at all. */
	b->settings.bans_per_minute = 0;
	find(b, ipv4(99));
	pass(b, HOUR_US);
	assert_false(take(b, &act));
	assert_true(response_bans_wait(&b->response, b->now));
}

static void response_calls_off_a_waiting_ban_that_is_lifted(void **state)
{
	struct bench *b = *state;
	struct addr welcome = ipv4(1);
	struct actor_act act;

	b->settings.bans_per_minute = 1;
	find(b, ipv4(0));
	find(b, welcome);
	assert_true(take(b, &act));
	answer(b, &act, RECEIPT_DONE, ERR_OK);
	assert_int_equal(response_unban(&b->response, &welcome, 5, b->now), ERR_OK);
	assert_true(take(b, &act));
	assert_int_equal(act.args.verb, VERB_UNBAN);
	answer(b, &act, RECEIPT_ALREADY, ERR_OK);
	pass(b, 10 * MINUTE_US);
	assert_false(take(b, &act));
}

static void response_asks_for_more_time_even_when_a_ban_ends_meanwhile(void **state)
{
	struct bench *b = *state;
	struct actor_act act;

	b->settings.ban_s = 60;
	find(b, ipv4(1));
	assert_true(take(b, &act));
	answer(b, &act, RECEIPT_DONE, ERR_OK);
	pass(b, 30 * SECOND_US);
	b->settings.ban_s = 600;
	b->settings.bans_per_minute = 0;
	find(b, ipv4(1));
	pass(b, 5 * MINUTE_US);
	assert_int_equal(b->response.bans.table.count, 1);
	b->settings.bans_per_minute = 10;
	pass(b, 5 * MINUTE_US);
	assert_true(take(b, &act));
	assert_int_equal(act.args.duration_s, 600);
}

static void response_bans_a_neighbour_alone_when_its_network_is_protected(void **state)
{
	struct bench *b = *state;
	struct addr src = {6, 128, {0x20, 1, 0xd, 0xb8, [15] = 0x66}}, near = {6, 128, {0xfe, 0x80, [15] = 1}};
	struct addr friend = {6, 128, {0x20, 1, 0xd, 0xb9, [15] = 1}}, foe = {6, 128, {0x20, 1, 0xd, 0xb9, [15] = 2}};
	struct actor_act act;

	find(b, src);
	assert_true(take(b, &act));
	assert_int_equal(act.args.addr.prefix, 64);
	answer(b, &act, RECEIPT_REFUSED, ERR_PROTECTED);
	assert_true(take(b, &act));
	assert_true(addr_equal(&act.args.addr, &src));
	answer(b, &act, RECEIPT_DONE, ERR_OK);
	find(b, src);
	assert_false(take(b, &act));
	/* Link-local, and beside somebody in never_ban: alone from the first. */
	find(b, near);
	assert_true(take(b, &act));
	assert_true(addr_equal(&act.args.addr, &near));
	b->settings.never_ban[b->settings.never_ban_count++] = friend;
	find(b, foe);
	assert_true(take(b, &act));
	assert_true(addr_equal(&act.args.addr, &foe));
	/* What is protected itself is not asked for again. */
	answer(b, &act, RECEIPT_REFUSED, ERR_PROTECTED);
	assert_false(take(b, &act));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* A breach of alice's account from that address. What is asked for then, as bits of verbs. */
static uint32_t breach(struct bench *b, uint32_t only, bool witnessed)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];
	const struct response_case about = {
		.finding = &b->incident,
		.now = b->now,
		.only = only,
		.witnessed = witnessed,
	};
	struct actor_act act;
	uint32_t asked = 0;

	assert_int_equal(response_case(&b->response, &about, refusals), 0);
	while (take(b, &act)) {
		asked |= 1u << act.args.verb;
		answer(b, &act, RECEIPT_DONE, ERR_OK);
	}
	return asked;
}

static void breach_of(struct bench *b, const char *user)
{
	b->incident = (struct finding){.subject = {.addr = ipv4(7)}, .id = {7}};
	b->incident.rule = hash_name("breach");
	b->incident.user_len = (uint8_t)strlen(user);
	memcpy(b->incident.user, user, strlen(user));
	b->settings.rules[RULE_BREACH].steps[0] = VERB_BAN;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	b->settings.rules[RULE_BREACH].steps[2] = VERB_NONE;
}

static void response_asks_only_for_the_steps_that_are_owed(void **state)
{
	struct bench *b = *state;

	breach_of(b, "alice");
	assert_int_equal(breach(b, 1u << VERB_RESET, true), 1u << VERB_RESET);
	/* One that found no room when another one did is not too soon. */
	b->incident.owed = 1u << VERB_RESET;
	assert_int_equal(breach(b, 1u << VERB_RESET, true), 1u << VERB_RESET);
	breach_of(b, "alice");
	b->incident.subject.addr = ipv4(8);
	assert_int_equal(breach(b, 1u << VERB_BAN, true), 1u << VERB_BAN);
}

static void response_limits_to_the_rate_of_the_settings(void **state)
{
	struct addr src = {6, 128, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
		    net = addr_mask(&src, 64);
	struct bench *b = *state;
	const struct response_case about = {.finding = &b->incident, .now = b->now, .opened = true, .witnessed = true};
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];
	struct actor_act act;

	breach_of(b, "alice");
	b->incident.subject.addr = src;
	b->settings.limit_rate = 7;
	b->settings.rules[RULE_BREACH].steps[0] = VERB_LIMIT;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_NONE;
	assert_int_equal(response_case(&b->response, &about, refusals), 0);
	assert_true(take(b, &act));
	assert_int_equal(act.args.verb, VERB_LIMIT);
	assert_int_equal(act.args.rate, 7);
	assert_true(addr_equal(&act.args.addr, &net));
	assert_true(verb_args_valid(&act.args));
}

static void response_resets_only_with_a_witness_and_not_at_every_trace(void **state)
{
	struct bench *b = *state;

	breach_of(b, "alice");
	assert_int_equal(breach(b, 0, false), 1u << VERB_BAN);
	assert_true(b->incident.witness_us > b->now.mono_us);
	assert_int_equal(breach(b, 0, true), 1u << VERB_RESET);
	/* One more trace at once is no reason to do it again; a day later it is. */
	assert_int_equal(breach(b, 0, true), 0);
	pass(b, 25 * HOUR_US);
	assert_int_equal(breach(b, 0, true) & 1u << VERB_RESET, 1u << VERB_RESET);
}

/* How long the source is banned for that attacks now. */
static uint32_t banned_for(struct bench *b, struct addr src)
{
	struct actor_act act;

	find(b, src);
	assert_true(take(b, &act));
	assert_int_equal(act.args.verb, VERB_BAN);
	answer(b, &act, RECEIPT_DONE, ERR_OK);
	find(b, src); /* what comes while it is banned asks for no more */
	assert_false(take(b, &act));
	return act.args.duration_s;
}

/* The actor did what root at the command line asked for. */
static void lift(struct bench *b, struct addr src)
{
	struct actor_act act;

	assert_int_equal(response_unban(&b->response, &src, 1, b->now), ERR_OK);
	assert_true(take(b, &act));
	assert_int_equal(act.args.verb, VERB_UNBAN);
	answer(b, &act, RECEIPT_DONE, ERR_OK);
}

static void response_bans_who_comes_back_for_twice_as_long(void **state)
{
	struct bench *b = *state;

	b->settings.ban_longest_s = 3600;
	for (uint32_t lasts_s = 600; lasts_s <= 2400; lasts_s *= 2) {
		assert_int_equal(banned_for(b, ipv4(1)), lasts_s);
		pass(b, lasts_s * SECOND_US + MINUTE_US);
	}
	assert_int_equal(banned_for(b, ipv4(1)), 3600);
	pass(b, 3600 * SECOND_US + MINUTE_US);
	assert_int_equal(banned_for(b, ipv4(1)), 3600);
	/* Nobody else is banned for longer because of it. */
	assert_int_equal(banned_for(b, ipv4(2)), 600);
	/* Who stays away for the longest time is as good as new. */
	pass(b, 2 * 3600 * SECOND_US + MINUTE_US);
	assert_int_equal(banned_for(b, ipv4(1)), 600);
	pass(b, 600 * SECOND_US + MINUTE_US);
	assert_int_equal(banned_for(b, ipv4(1)), 1200);
}

static void response_forgets_the_past_of_who_was_let_in_again(void **state)
{
	struct bench *b = *state;

	assert_int_equal(banned_for(b, ipv4(1)), 600);
	pass(b, 700 * SECOND_US);
	assert_int_equal(banned_for(b, ipv4(1)), 1200);
	lift(b, ipv4(1));
	assert_int_equal(banned_for(b, ipv4(1)), 600);
	lift(b, ipv4(1));
	pass(b, 700 * SECOND_US);
	assert_int_equal(banned_for(b, ipv4(1)), 600);
}

static void response_keeps_all_bans_equally_long_if_told_so(void **state)
{
	struct bench *b = *state;

	b->settings.ban_longest_s = 1;
	for (unsigned i = 0; i < 3; i++, pass(b, 700 * SECOND_US))
		assert_int_equal(banned_for(b, ipv4(1)), 600);
}

/* Nobody looked at the table between the end and the next attempt. */
static void response_counts_an_end_that_nobody_saw_yet(void **state)
{
	struct bench *b = *state;

	assert_int_equal(banned_for(b, ipv4(1)), 600);
	b->now.mono_us += 700 * SECOND_US;
	b->now.wall_us += 700 * SECOND_US;
	assert_int_equal(banned_for(b, ipv4(1)), 1200);
}

/* A guard that was away hears of the end from its state and from the actor. */
static void response_counts_an_end_once_that_is_told_of_twice(void **state)
{
	struct bench *b = *state;
	struct actor_effect late = {.args = {.verb = VERB_BAN, .addr = ipv4(1)}, .origin = ORIGIN_RULE};

	assert_int_equal(banned_for(b, ipv4(1)), 600);
	late.expires_mono_us = b->now.mono_us + 600 * SECOND_US;
	pass(b, 700 * SECOND_US);
	response_effect(&b->response, &late, b->now);
	pass(b, SECOND_US);
	assert_int_equal(banned_for(b, ipv4(1)), 1200);
}

/* The kernel's clock may be a moment ahead of ours. */
static void response_takes_an_end_of_the_kernel_s_for_one_that_ran_out(void **state)
{
	struct bench *b = *state;
	struct actor_effect gone = {.args = {.verb = VERB_BAN, .addr = ipv4(1)}, .gone = 1};

	assert_int_equal(banned_for(b, ipv4(1)), 600);
	pass(b, 600 * SECOND_US - SECOND_US / 10);
	response_effect(&b->response, &gone, b->now);
	assert_int_equal(banned_for(b, ipv4(1)), 1200);
	/* One that somebody else took away is no offence. */
	pass(b, 60 * SECOND_US);
	response_effect(&b->response, &gone, b->now);
	assert_int_equal(banned_for(b, ipv4(1)), 1200);
}

static void about(struct bench *b, uint8_t kind, const char *value)
{
	b->incident = (struct finding){.subject = {.kind = kind, .len = (uint8_t)strlen(value)}, .id = {7}};
	b->incident.rule = hash_name("breach");
	memcpy(b->incident.subject.value, value, strlen(value));
	b->settings.rules[RULE_BREACH].steps[0] = VERB_QUARANTINE;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_NONE;
}

/* What one finding has asked for, as bits of verbs. */
static uint32_t asked_of(struct bench *b, bool opened, unsigned *refused)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];
	const struct response_case asks = {.finding = &b->incident, .now = b->now, .opened = opened, .witnessed = true};
	struct actor_act act;
	uint32_t asked = 0;

	*refused = response_case(&b->response, &asks, refusals);
	while (take(b, &act)) {
		asked |= 1u << act.args.verb;
		assert_true(verb_args_valid(&act.args));
		assert_true(act.args.verb != VERB_KILL || act.args.pid == 4711 ||
			    b->incident.subject.kind == SUBJECT_FILE);
		answer(b, &act, RECEIPT_DONE, ERR_OK);
	}
	return asked;
}

static void response_kills_cuts_and_takes_what_it_is_about(void **state)
{
	struct bench *b = *state;
	uint16_t *steps = b->settings.rules[RULE_BREACH].steps;
	const uint32_t all = 1u << VERB_KILL | 1u << VERB_CUT | 1u << VERB_QUARANTINE;
	unsigned refused;

	about(b, SUBJECT_PROCESS, "/dev/shm/.k/kworker");
	b->incident.subject.pid = 4711;
	steps[0] = VERB_CUT;
	steps[1] = VERB_KILL;
	steps[2] = VERB_QUARANTINE;
	steps[3] = VERB_NONE;
	assert_int_equal(asked_of(b, true, &refused), all);
	assert_int_equal(refused, 0);
	/* One more event at once is no reason to do it again. A minute later it is, and for each of them. */
	assert_int_equal(asked_of(b, false, &refused), 0);
	pass(b, 2 * MINUTE_US);
	assert_int_equal(asked_of(b, false, &refused), all);
	/* Whatever runs a file. */
	about(b, SUBJECT_FILE, "/var/tmp/x");
	steps[0] = VERB_KILL;
	steps[1] = VERB_NONE;
	assert_int_equal(asked_of(b, true, &refused), 1u << VERB_KILL);
	/* Not all of a program of which one process was found that is not known any more. */
	about(b, SUBJECT_PROCESS, "/usr/bin/python3");
	steps[0] = VERB_KILL;
	assert_int_equal(asked_of(b, true, &refused), 0);
	assert_int_equal(refused, 1);
	/* An address is cut, and nobody's account whose name the log has beside it. */
	about(b, SUBJECT_SRC, "");
	b->incident.subject.addr = ipv4(7);
	memcpy(b->incident.user, "alice", 5);
	b->incident.user_len = 5;
	steps[0] = VERB_CUT;
	assert_int_equal(asked_of(b, true, &refused), 1u << VERB_CUT);
}

/* The path that is asked to be taken; "": none, and then the refusal is `err`. */
static void assert_takes(struct bench *b, const char *path, enum err err)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];
	const struct response_case asks = {.finding = &b->incident, .now = b->now, .opened = true, .witnessed = true};
	struct actor_act act = {.args.verb = VERB_NONE};
	unsigned count = response_case(&b->response, &asks, refusals);

	assert_int_equal(take(b, &act), path[0] != '\0');
	assert_string_equal(act.args.path, path);
	assert_int_equal(count, path[0] == '\0');
	if (count)
		assert_int_equal(refusals[0].err, err);
	else
		answer(b, &act, RECEIPT_DONE, ERR_OK);
}

static void response_takes_the_file_or_program_that_it_is_about(void **state)
{
	char longest[SUBJECT_VALUE_MAX + 1] = "/";
	struct bench *b = *state;

	about(b, SUBJECT_FILE, "/var/tmp/x");
	assert_takes(b, "/var/tmp/x", ERR_OK);
	about(b, SUBJECT_PROCESS, "/dev/shm/.k/kworker");
	assert_takes(b, "/dev/shm/.k/kworker", ERR_OK);
	/* The name that busybox was run under: there may be another file of that name. */
	b->incident.subject.alias = true;
	assert_takes(b, "", ERR_KIND);
	about(b, SUBJECT_ACCOUNT, "/etc/x");
	assert_takes(b, "", ERR_UNSUPPORTED);
	about(b, SUBJECT_FILE, "");
	assert_takes(b, "", ERR_UNSUPPORTED);
	about(b, SUBJECT_FILE, "/tmp/../etc/x");
	assert_takes(b, "", ERR_INVALID);
	/* Its end may be missing. */
	memset(longest + 1, 'p', SUBJECT_VALUE_MAX - 1);
	about(b, SUBJECT_FILE, longest);
	assert_takes(b, "", ERR_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(response_takes_the_file_or_program_that_it_is_about),
		TEST(response_kills_cuts_and_takes_what_it_is_about),
		TEST(response_asks_for_a_thousand_bans_in_their_order),
		TEST(response_says_what_found_no_room_and_owes_it),
		TEST(response_keeps_bans_that_the_actor_cannot_do_now),
		TEST(response_sends_what_waits_when_the_actor_can_ban_again),
		TEST(response_lets_one_bad_ban_not_hold_up_the_others),
		TEST(response_asks_again_when_answers_are_lost),
		TEST(response_paces_bans_by_the_budget),
		TEST(response_calls_off_a_waiting_ban_that_is_lifted),
		TEST(response_asks_for_more_time_even_when_a_ban_ends_meanwhile),
		TEST(response_bans_a_neighbour_alone_when_its_network_is_protected),
		TEST(response_bans_who_comes_back_for_twice_as_long),
		TEST(response_forgets_the_past_of_who_was_let_in_again),
		TEST(response_keeps_all_bans_equally_long_if_told_so),
		TEST(response_counts_an_end_that_nobody_saw_yet),
		TEST(response_counts_an_end_once_that_is_told_of_twice),
		TEST(response_takes_an_end_of_the_kernel_s_for_one_that_ran_out),
		TEST(response_asks_only_for_the_steps_that_are_owed),
		TEST(response_limits_to_the_rate_of_the_settings),
		TEST(response_resets_only_with_a_witness_and_not_at_every_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
