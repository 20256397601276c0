/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/rails/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct settings settings;

static int set_up(void **state)
{
	(void)state;
	settings_default(&settings);
	settings.rules[RULE_PROBING].enabled = false;
	settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	settings.rules[RULE_SPRAYING].ban_s = 60;
	return 0;
}

/* For addresses, so that a line of a test says all of it. */
static enum err try(const char *rule, uint16_t verb, const char *addr, uint32_t seconds)
{
	struct actor_act act = {.origin = ORIGIN_RULE, .args = {.verb = verb, .duration_s = seconds}};
	char why[RAILS_WHY_MAX] = "";
	enum err err;

	if (addr)
		assert_int_equal(addr_parse_prefix(str_from(addr), &act.args.addr), ERR_OK);
	snprintf(act.rule, sizeof(act.rule), "%s", rule);
	err = policy_request(&settings, &act, why);
	assert_int_equal(err == ERR_OK, why[0] == '\0');
	return err;
}

static void policy_lets_rules_do_what_their_settings_say(void **state)
{
	(void)state;
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.100.7", 600), ERR_OK);
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.100.7", 0), ERR_OK);
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.100.7", 1), ERR_OK);
	assert_int_equal(try("spraying", VERB_BAN, "2001:db8::/64", 60), ERR_OK);
	assert_int_equal(try("spraying", VERB_BAN, "2001:db8::1", 60), ERR_OK);
	assert_int_equal(try("breach", VERB_RESET, NULL, 0), ERR_OK);
}

static void policy_knows_rules_by_its_own_settings(void **state)
{
	(void)state;
	assert_int_equal(try("", VERB_BAN, "198.51.100.7", 600), ERR_NOT_FOUND);
	assert_int_equal(try("brute_forc", VERB_BAN, "198.51.100.7", 600), ERR_NOT_FOUND);
	assert_int_equal(try("probing", VERB_BAN, "198.51.100.7", 600), ERR_DENIED);
	assert_int_equal(try("brute_force", VERB_RESET, NULL, 0), ERR_DENIED);
	assert_int_equal(try("breach", VERB_LOGOUT, NULL, 0), ERR_DENIED);
	for (uint16_t verb = VERB_NONE; verb < VERB_MAX; verb++)
		assert_int_equal(try("breach", verb, NULL, 0),
				 verb == VERB_BAN || verb == VERB_RESET ? ERR_OK : ERR_DENIED);
}

static void policy_holds_bans_to_the_time_and_prefix_of_their_rule(void **state)
{
	(void)state;
	settings.ban_longest_s = 1;
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.100.7", 601), ERR_DENIED);
	assert_int_equal(try("spraying", VERB_BAN, "198.51.100.7", 61), ERR_DENIED);
	settings.ban_longest_s = 900; /* for who comes back */
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.100.7", 900), ERR_OK);
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.100.7", 901), ERR_DENIED);
	assert_int_equal(try("spraying", VERB_BAN, "198.51.100.7", 900), ERR_OK);
	assert_int_equal(policy_ban_s(&settings, "spraying"), 60);
	assert_int_equal(policy_ban_s(&settings, "brute_force"), 600);
	assert_int_equal(policy_ban_s(&settings, ""), 600);
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.100.0/24", 600), ERR_DENIED);
	assert_int_equal(try("brute_force", VERB_BAN, "2001:db8::/48", 600), ERR_DENIED);
	settings.ban_neighbours = 8;
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.100.0/24", 600), ERR_OK);
	assert_int_equal(try("brute_force", VERB_BAN, "198.51.0.0/16", 600), ERR_DENIED);
	settings.ban_prefix6 = 128;
	assert_int_equal(try("brute_force", VERB_BAN, "2001:db8::/64", 600), ERR_DENIED);
	assert_int_equal(try("brute_force", VERB_BAN, "2001:db8::1", 600), ERR_OK);
}

static void policy_holds_limits_to_the_rate_of_the_settings(void **state)
{
	struct actor_act act = {.origin = ORIGIN_RULE, .args = {.verb = VERB_LIMIT, .rate = 20}, .rule = "breach"};
	char why[RAILS_WHY_MAX];

	(void)state;
	settings.rules[RULE_BREACH].steps[1] = VERB_LIMIT;
	assert_int_equal(addr_parse_prefix(STR("198.51.100.7"), &act.args.addr), ERR_OK);
	assert_int_equal(policy_request(&settings, &act, why), ERR_OK);
	act.args.rate = 1;
	assert_int_equal(policy_request(&settings, &act, why), ERR_DENIED);
	act.args.rate = 20;
	act.args.addr.prefix = 24;
	assert_int_equal(policy_request(&settings, &act, why), ERR_DENIED);
}

static bool quiet(uint16_t verb, uint8_t origin, int minute)
{
	struct actor_act act = {.origin = origin, .args = {.verb = verb}};
	char why[RAILS_WHY_MAX];

	return policy_is_quiet(&settings, &act, minute, why);
}

static void policy_keeps_quiet_hours_for_all_but_bans_and_orders(void **state)
{
	(void)state;
	assert_false(quiet(VERB_RESET, ORIGIN_RULE, 60));
	settings.quiet = (struct settings_quiet){.on = true, .from_min = 8 * 60, .to_min = 18 * 60};
	assert_true(quiet(VERB_RESET, ORIGIN_RULE, 8 * 60));
	assert_true(quiet(VERB_KILL, ORIGIN_RULE, 18 * 60 - 1));
	assert_false(quiet(VERB_KILL, ORIGIN_RULE, 18 * 60));
	assert_false(quiet(VERB_KILL, ORIGIN_RULE, 0));
	assert_false(quiet(VERB_BAN, ORIGIN_RULE, 9 * 60));
	assert_false(quiet(VERB_UNBAN, ORIGIN_LOCAL, 9 * 60));
	/* Nobody knows the time. */
	assert_false(quiet(VERB_RESET, ORIGIN_RULE, -1));
	settings.quiet.verbs = 1u << VERB_RESET;
	assert_true(quiet(VERB_RESET, ORIGIN_RULE, 9 * 60));
	assert_false(quiet(VERB_KILL, ORIGIN_RULE, 9 * 60));
	/* Over midnight, and all day. */
	settings.quiet = (struct settings_quiet){.on = true, .from_min = 22 * 60, .to_min = 6 * 60};
	assert_true(quiet(VERB_RESET, ORIGIN_RULE, 0));
	assert_true(quiet(VERB_RESET, ORIGIN_RULE, 23 * 60));
	assert_false(quiet(VERB_RESET, ORIGIN_RULE, 6 * 60));
	assert_false(quiet(VERB_RESET, ORIGIN_RULE, -1));
	settings.quiet.from_min = 6 * 60;
	assert_true(quiet(VERB_RESET, ORIGIN_RULE, 6 * 60));
	assert_true(quiet(VERB_RESET, ORIGIN_RULE, 5 * 60));
}

static void policy_leaves_few_verbs_to_the_command_line(void **state)
{
	char why[RAILS_WHY_MAX];

	(void)state;
	for (uint16_t verb = VERB_NONE; verb < VERB_MAX; verb++) {
		struct actor_act act = {.origin = ORIGIN_LOCAL, .args = {.verb = verb}};

		bool may = verb == VERB_UNBAN || verb == VERB_RESET || verb == VERB_RESTORE || verb == VERB_POLICY ||
			   verb == VERB_MAINTAIN || verb == VERB_CONCLUDE;

		assert_int_equal(policy_request(&settings, &act, why), may ? ERR_OK : ERR_DENIED);
		act.origin = ORIGIN_ORDER;
		assert_int_equal(policy_request(&settings, &act, why), ERR_DENIED);
	}
}

static void policy_observes_by_its_own_settings(void **state)
{
	struct actor_act rule = {.origin = ORIGIN_RULE}, local = {.origin = ORIGIN_LOCAL};

	(void)state;
	assert_false(policy_observes(&settings, &rule));
	rule.observe = 1;
	assert_true(policy_observes(&settings, &rule));
	rule.observe = 0;
	settings.mode = MODE_OBSERVE;
	assert_true(policy_observes(&settings, &rule));
	assert_false(policy_observes(&settings, &local));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(policy_lets_rules_do_what_their_settings_say, set_up),
		cmocka_unit_test_setup(policy_knows_rules_by_its_own_settings, set_up),
		cmocka_unit_test_setup(policy_holds_bans_to_the_time_and_prefix_of_their_rule, set_up),
		cmocka_unit_test_setup(policy_holds_limits_to_the_rate_of_the_settings, set_up),
		cmocka_unit_test_setup(policy_keeps_quiet_hours_for_all_but_bans_and_orders, set_up),
		cmocka_unit_test_setup(policy_leaves_few_verbs_to_the_command_line, set_up),
		cmocka_unit_test_setup(policy_observes_by_its_own_settings, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
