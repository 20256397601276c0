/* SPDX-License-Identifier: Apache-2.0 */
/* A whole actor, confined as in earnest, against the kernel; skipped where that is not permitted. */
#include "agent/actor/sys/netfilter.h"
#include "agent/actor/sys/shadow.h"
#include "agent/base/hash.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <crypt.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOMEBODY 54321 /* a user id that nothing else has */

static struct guard guard;
static struct netfilter filter;
static struct key_der order_key, escrow_key;
static bool possible;

static struct verb_args ban_of(const char *text)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = VERB_BAN;
	args.duration_s = 600;
	require(addr_parse_prefix(str_from(text), &args.addr) == ERR_OK);
	return args;
}

static struct verb_args account_of(uint16_t verb, const char *name)
{
	struct verb_args args;

	memset(&args, 0, sizeof(args));
	args.verb = verb;
	memcpy(args.account, name, strlen(name));
	return args;
}

static bool in_kernel(const char *text)
{
	struct verb_args args = ban_of(text);
	uint64_t left_ms;

	return netfilter_find(&filter, &args.addr, &left_ms) == ERR_OK;
}

static void put_accounts(void)
{
	guard_put(&guard, "passwd",
		  "root:x:0:0::/root:/bin/sh\nbob:x:54321:54321::/nonexistent:/bin/sh\n"
		  "svc:x:54322:54322::/nonexistent:/bin/sh\n"
		  "caltrop:x:54323:54323::/nonexistent:/bin/sh\n");
	guard_put(&guard, "shadow", "root:$6$a$b:1::::::\nbob:$6$c$d:2::::::\nsvc:!:3::::::\n");
}

/* The device's trust bundle: one order key, one escrow key. */
static void put_trust(void)
{
	struct key_der public_key;
	char text[512];

	guard_trust(&guard, &order_key);
	require(key_generate(key_random_kernel, &escrow_key) == ERR_OK);
	require(key_public(&escrow_key, &public_key) == ERR_OK);
	require(key_pem("PUBLIC KEY", public_key.bytes, public_key.len, text, sizeof(text)) == ERR_OK);
	guard_put(&guard, "state/trust/escrow.pem", text);
}

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	put_accounts();
	put_trust();
	guard_start(&guard);
	return netfilter_open(&filter, false) != ERR_OK;
}

static int set_up_iptables(void **state)
{
	(void)state;
	possible = guard_prepare(&guard) && guard_by_iptables(&guard, &filter);
	if (!possible)
		return 0;
	put_accounts();
	put_trust();
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (possible)
		netfilter_close(&filter);
	return guard_tear_down(&guard, NULL);
}

static void guard_bans_with_proof(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_non_null(r);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->verified, 1);
	assert_string_equal(r->rule, "brute_force");
	assert_string_equal(r->text, "banned 198.51.100.7 for 10 min; read back from set ban4");
	assert_true(r->received_us <= r->journaled_us && r->journaled_us <= r->acted_us);
	assert_true(r->acted_us <= r->verified_us);
	assert_true(in_kernel("198.51.100.7"));
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_ALREADY);
	args = ban_of("192.0.2.1");
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_int_equal(r->err, ERR_PROTECTED);
	assert_false(in_kernel("192.0.2.1"));
	args = ban_of("198.51.100.7");
	args.verb = VERB_UNBAN;
	args.duration_s = 0;
	assert_int_equal(guard_act(&guard, &args, ORIGIN_LOCAL)->result, RECEIPT_DONE);
	assert_false(in_kernel("198.51.100.7"));
}

/* A message before the act would wake the core beside the kernel's work. */
static void guard_tells_of_a_ban_by_its_receipt_alone(void **state)
{
	struct verb_args args = ban_of("198.51.100.9");
	struct actor_act act = {.header.request_id = 1, .origin = ORIGIN_RULE, .rule = "brute_force", .args = args};

	(void)state;
	if (!possible)
		skip();
	act.header = (struct actor_header){MESSAGE_VERSION, ACTOR_ACT, sizeof(act), 1};
	assert_int_equal(send(guard.socket, &act, sizeof(act), 0), sizeof(act));
	do
		assert_true(guard_next(&guard));
	while (guard.message.header.type == ACTOR_HEALTH || guard.message.header.type == ACTOR_NETS ||
	       guard.message.header.type == ACTOR_SYNCED);
	assert_int_equal(guard.message.header.type, ACTOR_RECEIPT);
	assert_int_equal(guard.message.receipt.result, RECEIPT_DONE);
}

static void guard_observes_without_effect(void **state)
{
	struct verb_args args = ban_of("198.51.100.8");
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	guard.observe = true;
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_int_equal(r->result, RECEIPT_OBSERVED);
	assert_string_equal(r->text, "observe mode: would ban 198.51.100.8");
	assert_false(in_kernel("198.51.100.8"));
	args = ban_of("192.0.2.1");
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_REFUSED);
}

/* The budget holds back rules, not people. */
static void guard_spends_a_budget_on_rules_only(void **state)
{
	struct verb_args args = account_of(VERB_LOGOUT, "bob");
	unsigned logouts = 0;

	(void)state;
	if (!possible)
		skip();
	while (guard_act(&guard, &args, ORIGIN_RULE)->result == RECEIPT_ALREADY)
		logouts++;
	assert_int_equal(logouts, 10);
	assert_int_equal(guard.message.receipt.err, ERR_BUDGET);
	assert_string_equal(guard.message.receipt.text,
			    "refused to end the sessions of account bob: budget for this action is spent");
	/* A core that was taken over may call itself somebody else. */
	assert_int_equal(guard_act(&guard, &args, ORIGIN_LOCAL)->err, ERR_DENIED);
}

static void guard_puts_back_what_others_remove(void **state)
{
	struct verb_args args = ban_of("2001:db8::7");

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->verified, 1);
	assert_int_equal(netfilter_remove(&filter, &args.addr), ERR_OK);
	assert_true(guard_wait(&guard, ACTOR_RECEIPT));
	assert_int_equal(guard.message.receipt.result, RECEIPT_RESTORED);
	assert_int_equal(guard.message.receipt.count, 1);
	assert_true(in_kernel("2001:db8::7"));
}

static void guard_keeps_bans_over_both_deaths(void **state)
{
	struct verb_args args = ban_of("2001:db8:5::/64");

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->verified, 1);
	kill(guard.core, SIGKILL);
	guard_next_core(&guard);
	assert_true(guard_wait(&guard, ACTOR_EFFECT));
	assert_true(addr_equal(&guard.message.effect.args.addr, &args.addr));
	assert_int_equal(guard.message.effect.rule_hash, hash_name("brute_force"));
	assert_true(guard_wait(&guard, ACTOR_SYNCED));
	guard_kill(&guard);
	assert_true(in_kernel("2001:db8:5::/64"));
	/* As after a reboot: the kernel has forgotten. */
	assert_int_equal(netfilter_remove(&filter, &args.addr), ERR_OK);
	guard_start(&guard);
	assert_true(guard_wait(&guard, ACTOR_EFFECT));
	assert_true(in_kernel("2001:db8:5::/64"));
}

static void guard_ends_a_core_that_breaks_the_protocol(void **state)
{
	struct actor_header bad = {MESSAGE_VERSION, 99, sizeof(bad), 1};
	pid_t before = guard.core;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(send(guard.socket, &bad, sizeof(bad), MSG_NOSIGNAL), sizeof(bad));
	guard_next_core(&guard);
	assert_int_not_equal(guard.core, before);
	assert_true(guard_wait(&guard, ACTOR_HEALTH));
	assert_int_equal(guard.message.health.core_restarts, 1);
}

static void guard_passes_sources_by_descriptor(void **state)
{
	struct actor_source ask = {.header = {MESSAGE_VERSION, ACTOR_SOURCE, sizeof(ask), 3}};
	char text[16];

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(send(guard.socket, &ask, sizeof(ask), MSG_NOSIGNAL), sizeof(ask));
	assert_true(guard_wait(&guard, ACTOR_SOURCE));
	assert_int_equal(guard.message.source.status, ERR_OK);
	assert_true(guard.message.source.watch > 0 && guard.message.source.dir_watch > 0);
	assert_int_equal(read(guard.fd, text, sizeof(text)), 7);
	ask.index = 1;
	assert_int_equal(send(guard.socket, &ask, sizeof(ask), MSG_NOSIGNAL), sizeof(ask));
	assert_true(guard_wait(&guard, ACTOR_SOURCE));
	assert_int_equal(guard.message.source.status, ERR_NOT_FOUND);
	assert_true(guard.message.source.dir_watch > 0);
	ask.index = 2;
	assert_int_equal(send(guard.socket, &ask, sizeof(ask), MSG_NOSIGNAL), sizeof(ask));
	assert_true(guard_wait(&guard, ACTOR_SOURCE));
	assert_int_equal(guard.message.source.status, ERR_INVALID);
}

/* The secret of a receipt fits the hash that stands in the file now. */
static void check_secret(const struct actor_receipt *r)
{
	static struct crypt_data data;
	struct shadow_file f;
	uint8_t secret[64];
	char path[128], hash[256];
	size_t len;

	assert_int_equal(key_open(&escrow_key, r->sealed, r->sealed_len, secret, sizeof(secret) - 1, &len), ERR_OK);
	assert_int_equal(len, 20);
	secret[len] = '\0';
	snprintf(path, sizeof(path), "%s/shadow", guard.dir);
	assert_int_equal(shadow_read(&f, path), ERR_OK);
	assert_int_equal(str_copy(shadow_field(shadow_line(f.text, "bob"), 1), hash, sizeof(hash)), ERR_OK);
	assert_true(str_starts(f.text, STR("root:$6$a$b:1::::::\nbob:$")));
	assert_true(str_ends(f.text, STR(":2::::::\nsvc:!:3::::::\n")));
	assert_string_equal(crypt_r((char *)secret, hash, &data), hash);
	shadow_close(&f);
}

static void guard_resets_and_logs_out_a_breached_account(void **state)
{
	struct verb_args args = account_of(VERB_RESET, "bob");
	const struct actor_receipt *r;
	pid_t session;

	int ready[2];
	char byte;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(pipe(ready), 0);
	session = fork();
	if (session == 0) {
		if (setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_non_null(r);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->verified, 1);
	check_secret(r);
	args = account_of(VERB_LOGOUT, "bob");
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->count, 1);
	assert_int_equal(waitpid(session, NULL, WNOHANG), session);
	args = account_of(VERB_RESET, "root");
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_PROTECTED);
	args = account_of(VERB_RESET, "nosuch");
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_NOT_FOUND);
}

static bool journal_is_empty(void)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), "%s/state/actor/journal", guard.dir);
	require(stat(path, &st) == 0);
	return st.st_size == 0;
}

static void refused(const struct verb_args *args, const char *rule, const char *text)
{
	const struct actor_receipt *r;

	guard.rule = rule;
	r = guard_act(&guard, args, ORIGIN_RULE);
	guard.rule = NULL;
	assert_non_null(r);
	assert_string_equal(r->text, text);
	assert_int_equal(r->result, RECEIPT_REFUSED);
	assert_int_equal(r->verified, 0);
}

/* The actor believes nothing that the core says of rules. */
static void guard_does_what_its_own_settings_ask_for_and_no_more(void **state)
{
	struct verb_args args = ban_of("198.51.100.7");

	(void)state;
	if (!possible)
		skip();
	refused(&args, "no\nrule", "refused to ban 198.51.100.7: there is no rule 'no?rule'");
	refused(&args, "probing", "refused to ban 198.51.100.7: rule probing is not enabled");
	args.duration_s = 86401;
	refused(&args, NULL, "refused to ban 198.51.100.7: rule brute_force asks for 86400 s at most, not 86401 s");
	args = ban_of("198.51.101.0/24");
	refused(&args, NULL, "refused to ban 198.51.101.0/24: rules ask for /32 of IPv4, /64 or /128 of IPv6");
	args = account_of(VERB_RESET, "bob");
	refused(&args, "brute_force",
		"refused to reset account bob: 'reset' is not among the steps of rule brute_force");
	args = account_of(VERB_LOGOUT, "svc");
	refused(&args, NULL,
		"refused to end the sessions of account svc: it is no account to log in with: neither a "
		"password nor SSH keys let anybody in");
	args = account_of(VERB_LOGOUT, "caltrop");
	refused(&args, NULL,
		"refused to end the sessions of account caltrop: it is the user of the guard or of the service");
	assert_true(journal_is_empty());
	/* Nothing of that was taken off the budget, and what the rule asks for is done. */
	args = ban_of("198.51.100.7");
	args.duration_s = 0;
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->result, RECEIPT_DONE);
	assert_int_equal(guard.message.receipt.args.duration_s, 600);
}

/* bob's line becomes `len` bytes long; the last field of shadow(5) is anybody's. */
static void put_long_line(size_t len)
{
	static char text[200000];
	size_t front = strlen("bob:$6$c$d:2::::::");

	require(len + 64 < sizeof(text));
	memcpy(text, "bob:$6$c$d:2::::::", front);
	memset(text + front, '1', len - front);
	memcpy(text + len, "\nroot:$6$a$b:1::::::\n", sizeof("\nroot:$6$a$b:1::::::\n"));
	guard_put(&guard, "shadow", text);
}

static void guard_resets_no_line_that_it_could_not_put_back(void **state)
{
	static const size_t lengths[] = {769, 1000, 65536 + 100, 150000};
	struct verb_args args = account_of(VERB_RESET, "bob");
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char why[160];

		put_long_line(lengths[i]);
		r = guard_act(&guard, &args, ORIGIN_RULE);
		assert_non_null(r);
		assert_int_equal(r->result, RECEIPT_REFUSED);
		assert_int_equal(r->err, ERR_TOO_LONG);
		snprintf(why, sizeof(why), " has %zu bytes, at most 768 can be put back", lengths[i]);
		assert_non_null(strstr(r->text, why));
		assert_true(journal_is_empty());
	}
	put_long_line(768);
	r = guard_act(&guard, &args, ORIGIN_RULE);
	assert_non_null(r);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_false(journal_is_empty());
}

static void guard_obeys_a_signed_order_once(void **state)
{
	struct order o = {.not_before_s = time(NULL) - 5, .not_after_s = time(NULL) + 60, .target_kind = ORDER_DEVICES};
	const struct actor_receipt *r;
	char text[MESSAGE_TEXT_MAX];

	(void)state;
	if (!possible)
		skip();
	o.id[0] = 9;
	o.target_count = 1;
	memset(o.targets[0], 7, 16);
	o.step_count = 1;
	o.steps[0].args.verb = VERB_BAN;
	o.steps[0].args.duration_s = 60;
	o.steps[0].args.addr = (struct addr){4, 32, {198, 51, 100, 9}};
	r = guard_order(&guard, &o, &escrow_key);
	assert_int_equal(r->err, ERR_UNTRUSTED);
	r = guard_order(&guard, &o, &order_key);
	assert_int_equal(r->result, RECEIPT_DONE);
	assert_int_equal(r->origin, ORIGIN_ORDER);
	assert_int_equal(r->order_id[0], 9);
	assert_true(in_kernel("198.51.100.9"));
	assert_int_equal(r->repeat, 0);
	snprintf(text, sizeof(text), "%s", r->text);
	for (unsigned i = 0; i < 2; i++) {
		/* What became of it, whoever died meanwhile. */
		r = guard_order(&guard, &o, &order_key);
		assert_int_equal(r->repeat, 1);
		assert_int_equal(r->result, RECEIPT_DONE);
		assert_int_equal(r->outcome, RECEIPT_DONE);
		assert_int_equal(r->verified, 1);
		assert_string_equal(r->text, text);
		guard_kill(&guard);
		guard_start(&guard);
	}
}

#define IPTABLES(f)                                                    \
	{                                                              \
#f " by iptables", f, set_up_iptables, tear_down, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(guard_bans_with_proof, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_tells_of_a_ban_by_its_receipt_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_observes_without_effect, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_spends_a_budget_on_rules_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_puts_back_what_others_remove, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_keeps_bans_over_both_deaths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_ends_a_core_that_breaks_the_protocol, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_passes_sources_by_descriptor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_resets_and_logs_out_a_breached_account, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_does_what_its_own_settings_ask_for_and_no_more, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(guard_resets_no_line_that_it_could_not_put_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(guard_obeys_a_signed_order_once, set_up, tear_down),
		IPTABLES(guard_bans_with_proof),
		IPTABLES(guard_puts_back_what_others_remove),
		IPTABLES(guard_keeps_bans_over_both_deaths),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
