/* SPDX-License-Identifier: Apache-2.0 */
/* What the core says of an address of which several things are true at once. */
#include "tests/unit/agent/core/bench.h"

/* A ban that stands, by an order of the service. */
static void ban_told(struct bench *b, const char *addr, int64_t lasts_us)
{
	struct actor_effect ban = {
		.args.verb = VERB_BAN, .origin = ORIGIN_ORDER, .expires_mono_us = b->now.mono_us + lasts_us};

	assert_int_equal(addr_parse_prefix(str_from(addr), &ban.args.addr), ERR_OK);
	feed(b, &(struct input){.kind = INPUT_EFFECT, .effect = &ban});
}

static void core_explains_a_ban_by_an_order(void **state)
{
	struct bench *b = *state;

	ban_told(b, "192.0.2.0/24", HOUR_US);
	explains(b, "192.0.2.1", "verdict=banned\twhy=an order of the service banned it");
	explains(b, "192.0.3.1", "verdict=unknown");
	wait_us(b, HOUR_US);
	explains(b, "192.0.2.1", "verdict=unknown");
}

/* Whichever came first. */
static void ban_in_force_says_more_than_one_that_waits(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	explains(b, "192.0.2.1", "verdict=waiting");
	ban_told(b, "192.0.2.0/24", HOUR_US);
	explains(b, "192.0.2.1", "verdict=banned\twhy=an order of the service banned it");
	explains(b, "192.0.2.1", "ban\taddr=192.0.2.1\tstate=asked");
	ban_told(b, "198.51.100.0/24", HOUR_US);
	brute_force(b, "198.51.100.1");
	explains(b, "198.51.100.1", "verdict=banned\twhy=an order of the service banned it");
	/* Of two in force it is the older one that did it. */
	answer(b, &b->act[1], RECEIPT_DONE, ERR_OK);
	explains(b, "198.51.100.1", "verdict=banned\twhy=an order of the service banned it");
}

static void ban_that_is_observed_says_more_than_one_that_waits(void **state)
{
	struct bench *b = *state;

	b->settings.mode = MODE_OBSERVE;
	brute_force(b, "192.0.2.1");
	answer(b, &b->act[0], RECEIPT_OBSERVED, ERR_OK);
	explains(b, "192.0.2.1", "verdict=observed\twhy=mode = observe: it would be banned, and is not");
	ban_told(b, "192.0.2.0/24", HOUR_US);
	explains(b, "192.0.2.1", "verdict=banned");
}

static void core_explains_why_a_ban_waits(void **state)
{
	struct bench *b = *state;
	unsigned answered = 0;

	b->settings.bans_per_minute = 1;
	brute_force(b, "192.0.2.1");
	brute_force(b, "192.0.2.2");
	explains(b, "192.0.2.2", "verdict=waiting\twhy=its ban waits: bans_per_minute allows no more");
	b->settings.bans_per_minute = 1000;
	/* The actor cannot, again and again. */
	for (unsigned i = 0; i < 20; i++) {
		while (answered < b->acts)
			answer(b, &b->act[answered++ % KEPT], RECEIPT_FAILED, ERR_BUSY);
		ask(b, "explain 192.0.2.2", false);
		if (strstr(b->reply, "why=its ban waits: caltropd cannot do it just now"))
			return;
		wait_us(b, SECOND_US);
	}
	fail_msg("%s", b->reply);
}

static void core_explains_what_was_refused_for_another_reason(void **state)
{
	struct bench *b = *state;
	struct actor_receipt r;

	brute_force(b, "192.0.2.1");
	r = receipt_for(&b->act[0], RECEIPT_REFUSED, ERR_UNSUPPORTED);
	snprintf(r.text, sizeof(r.text), "nothing of that prefix length can be banned");
	feed(b, &(struct input){.kind = INPUT_RECEIPT, .receipt = &r});
	explains(b, "192.0.2.1", "verdict=refused\twhy=nothing of that prefix length can be banned");
	/* Said once, however often it is refused. */
	answer(b, &b->act[0], RECEIPT_REFUSED, ERR_UNSUPPORTED);
	explains(b, "192.0.2.1", "verdict=refused");
	explains(b, "192.0.2.2", "verdict=unknown");
}

static void core_explains_by_rules_that_are_on(void **state)
{
	struct bench *b = *state;

	b->settings.rules[RULE_ENUMERATION].enabled = false;
	for (unsigned i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "user%u", i);
		fail_by(b, "192.0.2.1", 100 + i, name);
	}
	explains(b, "192.0.2.1", "rule=brute_force\tcounted#3");
	assert_null(strstr(b->reply, "rule=enumeration"));
}

static void core_explains_no_incident_of_others(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	brute_force(b, "192.0.2.2");
	for (unsigned i = 0; i < 40; i++) {
		char addr[32];

		snprintf(addr, sizeof(addr), "198.51.100.%u", i);
		fail_by(b, addr, 200 + i, "alice");
	}
	explains(b, "192.0.2.1", "incident\tid=");
	assert_null(strstr(strstr(b->reply, "incident\tid=") + 1, "incident\tid="));
	assert_null(strstr(b->reply, "192.0.2.2"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(core_explains_a_ban_by_an_order),
		TEST(ban_in_force_says_more_than_one_that_waits),
		TEST(ban_that_is_observed_says_more_than_one_that_waits),
		TEST(core_explains_why_a_ban_waits),
		TEST(core_explains_what_was_refused_for_another_reason),
		TEST(core_explains_by_rules_that_are_on),
		TEST(core_explains_no_incident_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
