/* SPDX-License-Identifier: Apache-2.0 */
/* A network is banned whole when many of it attack and surely nobody in it is at home here. */
#include "agent/response/response.h"

#include "agent/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TABLE = 512, NEIGHBOURS = 8, QUIET_S = 3600 };

static struct settings settings;
static struct rule_set set;
static struct rules rules;
static struct response response;
static struct now now;
static void *set_memory, *rule_memory, *memory;

static void begin(void)
{
	memory = malloc(response_size(TABLE));
	set_memory = malloc(rule_set_size(rule_builtin.count));
	rule_memory = malloc(rule_size(64));
	assert_int_equal(rule_set_init(&set, set_memory, &rule_builtin, &settings), ERR_OK);
	rule_init(&rules, (struct lru_room){rule_memory, 64}, &set, (struct hash_key){1, 2});
	response_init(&response, (struct lru_room){memory, TABLE}, &rules);
	now = (struct now){100 * SECOND_US, 1700000000 * SECOND_US};
	guest_watch(&response.guests, now);
	now.mono_us += QUIET_S * SECOND_US;
}

static int set_up(void **state)
{
	(void)state;
	settings_default(&settings);
	settings.ban_neighbours = NEIGHBOURS;
	settings.neighbours_quiet_s = QUIET_S;
	begin();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(memory);
	free(set_memory);
	free(rule_memory);
	return 0;
}

static struct addr host(uint8_t number)
{
	return (struct addr){4, 32, {198, 51, 100, number}};
}

/* It attacks, and caltropd answers what is asked for. 0: nothing was, else the bits of what was banned. */
static uint8_t attack(struct addr src, uint8_t result, enum err err)
{
	struct finding finding = {.subject = {.addr = src}, .rule = hash_name("brute_force")};
	const struct response_case about = {.finding = &finding, .now = now, .opened = true};
	struct actor_receipt refusals[SETTINGS_STEPS_MAX], r;
	struct actor_act act;

	assert_int_equal(response_case(&response, &about, refusals), 0);
	if (!response_take(&response, now, &act))
		return 0;
	memset(&r, 0, sizeof(r));
	r.header = (struct actor_header){MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), act.header.request_id};
	r.origin = act.origin;
	r.result = result;
	r.err = (uint8_t)err;
	r.args = act.args;
	r.expires_wall_us = now.wall_us + (int64_t)act.args.duration_s * SECOND_US;
	(void)response_receipt(&response, &r, now);
	assert_true(addr_contains(&act.args.addr, &src));
	return act.args.addr.prefix;
}

static uint8_t banned(uint8_t number)
{
	return attack(host(number), RECEIPT_DONE, ERR_OK);
}

/* One fewer than it takes. */
static void most_attack(void)
{
	for (uint8_t i = 1; i < NEIGHBOURS; i++)
		assert_int_equal(banned(i), 32);
}

static void a_network_of_which_many_attack_is_banned_whole(void **state)
{
	(void)state;
	most_attack();
	assert_int_equal(banned(NEIGHBOURS), 24);
	assert_int_equal(response.neighbours, 1);
	/* Then it has a ban already, whoever of it attacks. */
	assert_int_equal(banned(200), 0);
	/* Of another network one is one. */
	assert_int_equal(attack((struct addr){4, 32, {198, 51, 101, 1}}, RECEIPT_DONE, ERR_OK), 32);
}

static void off_by_default(void **state)
{
	(void)state;
	settings.ban_neighbours = 0;
	most_attack();
	assert_int_equal(banned(NEIGHBOURS), 32);
}

static void the_same_attacker_is_one(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * NEIGHBOURS; i++) {
		assert_int_not_equal(banned(1), 24);
		now.mono_us += 2 * (int64_t)settings.ban_s * SECOND_US;
		now.wall_us += 2 * (int64_t)settings.ban_s * SECOND_US;
		(void)response_tick(&response, now);
	}
}

static void whoever_logged_in_from_it_keeps_it_open(void **state)
{
	struct addr guest = host(77);

	(void)state;
	response_welcome(&response, &guest, now);
	most_attack();
	assert_int_equal(banned(NEIGHBOURS), 32);
	assert_int_equal(response.spared, 1);
}

static void never_ban_in_it_keeps_it_open(void **state)
{
	(void)state;
	settings.never_ban_count = 1;
	settings.never_ban[0] = host(77);
	most_attack();
	assert_int_equal(banned(NEIGHBOURS), 32);
}

static void a_young_guard_bans_none(void **state)
{
	(void)state;
	now.mono_us -= SECOND_US;
	most_attack();
	assert_int_equal(banned(NEIGHBOURS), 32);
}

static void what_caltropd_spares_leaves_the_attacker(void **state)
{
	(void)state;
	most_attack();
	assert_int_equal(attack(host(NEIGHBOURS), RECEIPT_REFUSED, ERR_PROTECTED), 24);
	struct actor_act act;

	assert_true(response_take(&response, now, &act));
	assert_int_equal(act.args.addr.prefix, 32);
	assert_int_equal(act.args.addr.bytes[3], NEIGHBOURS);
}

static void observing_it_is_observed_whole(void **state)
{
	(void)state;
	settings.mode = MODE_OBSERVE;
	for (uint8_t i = 1; i < NEIGHBOURS; i++)
		assert_int_equal(attack(host(i), RECEIPT_OBSERVED, ERR_OK), 32);
	assert_int_equal(attack(host(NEIGHBOURS), RECEIPT_OBSERVED, ERR_OK), 24);
	assert_int_equal(attack(host(200), RECEIPT_OBSERVED, ERR_OK), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_network_of_which_many_attack_is_banned_whole),
		TEST(off_by_default),
		TEST(the_same_attacker_is_one),
		TEST(whoever_logged_in_from_it_keeps_it_open),
		TEST(never_ban_in_it_keeps_it_open),
		TEST(a_young_guard_bans_none),
		TEST(what_caltropd_spares_leaves_the_attacker),
		TEST(observing_it_is_observed_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
