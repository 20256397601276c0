/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/core/bench.h"

static void core_explains_what_it_counts(void **state)
{
	struct bench *b = *state;

	explains(b, "192.0.2.1", "verdict=unknown");
	for (unsigned i = 0; i < 3; i++)
		fail_by(b, "192.0.2.1", 100 + i, "root");
	explains(b, "192.0.2.1", "verdict=counted");
	explains(b, "192.0.2.1", "rule=brute_force\tcounted#3\tneeds#5\twindow_s#600\tthen=\tacts?true");
	explains(b, "192.0.2.2", "verdict=unknown");
	wait_us(b, 61 * MINUTE_US);
	explains(b, "192.0.2.1", "verdict=unknown");
}

static void core_explains_a_ban_from_decided_to_over(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	explains(b, "192.0.2.1", "verdict=waiting\twhy=its ban is decided, and caltropd has not answered yet");
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	explains(b, "192.0.2.1", "verdict=banned\twhy=the rule brute_force banned it");
	explains(b, "192.0.2.1", "ban\taddr=192.0.2.1\tstate=in_force");
	explains(b, "192.0.2.1", "incident\tid=");
	explains(b, "::ffff:192.0.2.1", "addr=192.0.2.1\t");
	explains(b, "192.0.2.2", "verdict=unknown");
	wait_us(b, 61 * MINUTE_US);
	explains(b, "192.0.2.1", "verdict=unknown");
}

static void core_explains_a_network_by_any_of_its_addresses(void **state)
{
	struct bench *b = *state;

	brute_force(b, "2001:db8:1:2::3");
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	explains(b, "2001:db8:1:2::99", "counted_as=2001:db8:1:2::/64\tverdict=banned");
	explains(b, "2001:db8:1:3::3", "verdict=unknown");
}

static void core_explains_who_is_protected_and_by_what(void **state)
{
	struct bench *b = *state;

	assert_int_equal(addr_parse_prefix(STR("192.0.2.0/24"), &b->settings.never_ban[0]), ERR_OK);
	b->settings.never_ban_count = 1;
	explains(b, "192.0.2.1", "verdict=protected\twhy=never_ban");
	brute_force(b, "192.0.2.1");
	explains(b, "192.0.2.1", "protection\tnever_ban=192.0.2.0/24");
	explains(b, "192.0.2.1", "refusal\taddr=192.0.2.1\trule=brute_force");
	explains(b, "127.0.0.1", "verdict=protected\twhy=no remote host");
	/* What only the actor knows. */
	struct actor_receipt r;

	brute_force(b, "198.51.100.1");
	r = receipt_for(&b->act[0], RECEIPT_REFUSED, ERR_PROTECTED);
	snprintf(r.text, sizeof(r.text), "198.51.100.1 is the gateway");
	feed(b, &(struct input){.kind = INPUT_RECEIPT, .receipt = &r});
	explains(b, "198.51.100.1", "verdict=protected\twhy=198.51.100.1 is the gateway");
}

static void core_explains_what_is_only_observed(void **state)
{
	struct bench *b = *state;

	b->settings.mode = MODE_OBSERVE;
	brute_force(b, "192.0.2.1");
	answer(b, &b->act[0], RECEIPT_OBSERVED, ERR_OK);
	explains(b, "192.0.2.1", "verdict=observed");
}

static void core_explains_addresses_only(void **state)
{
	struct bench *b = *state;
	static const char *const wrong[] = {"", "mallory", "192.0.2.0/24", "192.0.2.999", "192.0.2.1 192.0.2.2"};

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		explains(b, wrong[i], "error\tcode=INVALID\ttext=explain takes an address");
}

/* A log-in that pam_unix refuses, and what comes of it. */
static void log_in(struct bench *b, unsigned pid, bool wins)
{
	line(b,
	     "sshd[%u]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
	     "rhost=192.0.2.%u  user=root",
	     pid, pid);
	if (wins)
		line(b, "sshd[%u]: Accepted password for root from 192.0.2.%u port 4000 ssh2", pid, pid);
	else
		line(b, "sshd[%u]: Failed password for root from 192.0.2.%u port 4000 ssh2", pid, pid);
}

static void core_says_who_judges_log_ins(void **state)
{
	struct bench *b = *state;

	assert_null(strstr(ask(b, "health", false), "stack\t"));
	log_in(b, 1, false);
	assert_non_null(strstr(ask(b, "health", false),
			       "stack\tservice=sshd\tjudge=learning\tknown_by=log-ins\tearly_ban?false"));
	log_in(b, 2, false);
	log_in(b, 3, false);
	assert_non_null(strstr(ask(b, "health", false), "judge=pam_unix\tknown_by=log-ins\tearly_ban?true"));
	log_in(b, 4, true);
	assert_non_null(strstr(ask(b, "health", false), "judge=several\tknown_by=log-ins\tearly_ban?false"));
	b->settings.pam_unix_alone = true;
	boot(b, 1);
	assert_non_null(strstr(ask(b, "health", false), "judge=pam_unix\tknown_by=settings\tearly_ban?true"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(core_explains_what_it_counts),
		TEST(core_explains_a_ban_from_decided_to_over),
		TEST(core_explains_a_network_by_any_of_its_addresses),
		TEST(core_explains_who_is_protected_and_by_what),
		TEST(core_explains_what_is_only_observed),
		TEST(core_explains_addresses_only),
		TEST(core_says_who_judges_log_ins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
