/* SPDX-License-Identifier: Apache-2.0 */
/* The core from outside: lines, receipts, time and requests in, effects out. */
#include "tests/unit/agent/core/bench.h"

#include "agent/base/hash.h"
#include "tests/unit/thorough.h"

static void core_bans_at_the_threshold_before_it_tells(void **state)
{
	struct bench *b = *state;
	struct effect e;
	char text[ADDR_TEXT_MAX];

	for (unsigned i = 0; i < 4; i++)
		fail_by(b, "192.0.2.1", 100 + i, "root");
	assert_int_equal(b->acts, 0);
	core_feed(b->core,
		  &(struct input){.kind = INPUT_LINE,
				  .place = {9, 9999, 77, 256},
				  .bytes = STR("Nov 14 22:13:20 device sshd[104]: Failed password for root from "
					       "192.0.2.1 port 4000 ssh2")},
		  b->now);
	assert_true(core_take(b->core, &e));
	assert_int_equal(e.kind, EFFECT_ACT);
	assert_int_equal(e.act->args.verb, VERB_BAN);
	assert_string_equal(addr_text(&e.act->args.addr, text), "192.0.2.1");
	assert_string_equal(e.act->rule, "brute_force");
	assert_int_equal(e.act->args.duration_s, 600);
	assert_int_equal(e.act->origin, ORIGIN_RULE);
	assert_int_equal(e.act->cause_us, b->now.mono_us);
	assert_true(verb_args_valid(&e.act->args));
	struct actor_act act = *e.act;

	take(b);
	assert_int_equal(b->findings, 1);
	assert_memory_equal(b->incident[0], act.incident, 16);
	answer(b, &act, RECEIPT_DONE, ERR_OK);
	assert_int_equal(b->receipts, 1);
	assert_non_null(strstr(ask(b, "bans", false), "addr=192.0.2.1\tstate=in_force\trule=brute_force"));
}

static void core_counts_what_syslogd_says_was_repeated(void **state)
{
	struct bench *b = *state;
	struct input other = {.kind = INPUT_LINE, .source = 1};

	other.bytes = str_from("Nov 22 12:30:59 device last message repeated 9 times");
	fail_by(b, "192.0.2.1", 100, "root");
	feed(b, &other); /* another file: nothing of its own to repeat */
	assert_int_equal(b->acts, 0);
	line(b, "last message repeated 3 times");
	assert_int_equal(b->acts, 0);
	line(b, "last message repeated 1 times");
	assert_int_equal(b->acts, 1);
	fail_by(b, "192.0.2.2", 101, "root");
	line(b, "crond[7]: something else");
	line(b, "last message repeated 9 times");
	assert_int_equal(b->acts, 1);
}

static void core_says_which_access_log_is_not_read(void **state)
{
	struct bench *b = *state;
	struct ini_error error;

	assert_int_equal(settings_read(&b->settings,
				       STR("[auth]\nfiles = /a.log /b.log\n[access]\nformat = /b.log nginx\n"
					   "trusted_proxies = 192.0.2.7\n"),
				       &error),
			 ERR_OK);
	boot(b, 1);
	for (unsigned i = 0; i < 8; i++)
		feed(b, &(struct input){.kind = INPUT_LINE, .source = 1, .bytes = STR("what is no line of nginx")});
	feed(b,
	     &(struct input){.kind = INPUT_LINE,
			     .bytes = STR("- - - [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"")});
	assert_non_null(strstr(ask(b, "health", false), "/b.log is not read: its lines do not have the format"));
	assert_non_null(strstr(b->reply, "/a.log: its access log is not read, a client may choose the address"));
	for (unsigned i = 0; i < 6; i++)
		line(b,
		     "nginx: 2026/11/22 11:58:01 [error] 22#22: *3 user \"x\": password mismatch, client: "
		     "192.0.2.%u, server: ap, request: \"GET / HTTP/1.1\", host: \"ap\"",
		     7);
	assert_int_equal(b->acts, 0);
}

/* dropbear 2022.83 as it logs: the address stands in the line before and in the one after. */
static void core_bans_for_lines_that_name_no_address(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(b->acts, 0);
		line(b, "dropbear[%u]: Child connection from 192.0.2.1:400%u", 100 + i, i);
		line(b, "dropbear[%u]: Login attempt for nonexistent user", 100 + i);
		if (i < 4)
			line(b, "dropbear[%u]: Exit before auth from <192.0.2.1:400%u>: Exited normally", 100 + i, i);
	}
	assert_int_equal(b->acts, 1);
	for (unsigned i = 0; i < 5; i++) {
		line(b, "dropbear[%u]: Login attempt for nonexistent user", 200 + i);
		assert_int_equal(b->acts, 1);
		line(b, "dropbear[%u]: Exit before auth from <192.0.2.2:400%u>: Exited normally", 200 + i, i);
	}
	assert_int_equal(b->acts, 2);
}

static void core_asks_once_while_a_ban_is_in_force_and_again_afterwards(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->acts, 1);
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->acts, 1);
	assert_int_equal(b->findings, 1);
	wait_us(b, 601 * SECOND_US);
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->acts, 2);
	/* It was told of when it came to rest. Quiet for as long as the ban, it closed, and is opened again. */
	assert_int_equal(b->findings, 4);
	assert_int_equal(b->state[1], CALTROP__V1__FINDING__STATE__UPDATED);
	assert_int_equal(b->state[2], CALTROP__V1__FINDING__STATE__CLOSED);
	assert_int_equal(b->state[3], CALTROP__V1__FINDING__STATE__REOPENED);
	assert_memory_equal(b->incident[3], b->incident[0], 16);
}

static void core_warns_of_no_ban_that_was_done(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	brute_force(b, "192.0.2.2");
	brute_force(b, "192.0.2.3");
	assert_int_equal(b->acts, 3);
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	assert_int_equal(b->log_severity, SEV_LOW);
	answer(b, &b->act[1], RECEIPT_REFUSED, ERR_DENIED);
	assert_int_equal(b->log_severity, SEV_MEDIUM);
	answer(b, &b->act[2], RECEIPT_FAILED, ERR_BUSY);
	assert_int_equal(b->log_severity, SEV_HIGH);
}

static void core_updates_an_incident_at_growing_intervals(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 3600; i++) {
		fail_by(b, "192.0.2.1", 100 + i, "root");
		wait_us(b, SECOND_US);
	}
	assert_in_range(b->findings, 5, 20);
	for (unsigned i = 1; i < b->findings && i < KEPT; i++)
		assert_int_equal(b->state[i], 2);
}

static void core_sees_a_breach_and_answers_it(void **state)
{
	struct bench *b = *state;

	b->settings.trust_logs = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	b->settings.rules[RULE_BREACH].steps[2] = VERB_LOGOUT;
	b->settings.rules[RULE_BREACH].ban_s = 86400;
	boot(b, 1);
	brute_force(b, "192.0.2.1");
	win_by(b, "192.0.2.1", 200, "alice");
	assert_int_equal(b->acts, 4);
	assert_int_equal(b->act[1].args.verb, VERB_BAN);
	assert_int_equal(b->act[1].args.duration_s, 86400);
	assert_int_equal(b->act[2].args.verb, VERB_RESET);
	assert_string_equal(b->act[2].args.account, "alice");
	assert_int_equal(b->act[3].args.verb, VERB_LOGOUT);
	for (unsigned i = 1; i < 4; i++)
		assert_true(verb_args_valid(&b->act[i].args));
	/* A protected account is left to an order, and that is said. */
	unsigned receipts = b->receipts;

	win_by(b, "192.0.2.1", 201, "root");
	assert_int_equal(b->acts, 4);
	assert_int_equal(b->receipts, receipts + 2);
	assert_non_null(strstr(b->log, "protected"));
}

static void core_answers_a_breach_in_a_flood(void **state)
{
	struct bench *b = *state;
	char addr[32];

	b->limits.incidents_max = 4;
	b->settings.trust_logs = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	b->settings.rules[RULE_BRUTE_FORCE].steps[1] = VERB_LOGOUT;
	b->settings.rules[RULE_BREACH].ban_s = 86400;
	boot(b, 1);
	for (unsigned i = 1; i <= 9; i++) {
		snprintf(addr, sizeof(addr), "198.51.100.%u", i);
		for (unsigned n = 0; n < 5; n++)
			fail_by(b, addr, 100 + n, "bob");
	}
	/* Five of them have no incident, and are answered all the same. */
	assert_int_equal(b->findings, 4);
	assert_int_equal(b->acts, 18);
	for (unsigned i = 1; i < 18; i += 2)
		assert_string_equal(b->act[i].args.account, "bob");
	brute_force(b, "192.0.2.1");
	b->acts = b->findings = 0;
	win_by(b, "192.0.2.1", 200, "alice");
	assert_int_equal(b->acts, 2);
	assert_int_equal(b->act[1].args.verb, VERB_RESET);
	assert_string_equal(b->act[1].args.account, "alice");
	/* The breach is told, for one of the flood that closes. */
	assert_int_equal(b->findings, 2);
	assert_int_equal(b->state[0], 3);
	assert_int_equal(b->state[1], 1);
}

static void core_never_asks_to_ban_who_must_not_be(void **state)
{
	struct bench *b = *state;

	assert_int_equal(addr_parse_prefix(STR("192.0.2.0/28"), &b->settings.never_ban[0]), ERR_OK);
	assert_int_equal(addr_parse_prefix(STR("2001:db8::5"), &b->settings.never_ban[1]), ERR_OK);
	b->settings.never_ban_count = 2;
	brute_force(b, "192.0.2.1");
	brute_force(b, "192.0.2.1");
	brute_force(b, "127.0.0.1");
	assert_int_equal(b->acts, 0);
	assert_int_equal(b->findings, 2);
	assert_int_equal(b->receipts, 2);
	brute_force(b, "192.0.2.77");
	assert_int_equal(b->acts, 1);
	/* The neighbour of one that must not be banned is banned alone. */
	brute_force(b, "2001:db8::6");
	assert_int_equal(b->acts, 2);
	assert_int_equal(b->act[1].args.addr.prefix, 128);
	brute_force(b, "2001:db8:1::6");
	assert_int_equal(b->act[2].args.addr.prefix, 64);
}

static void core_observes_in_observe_mode(void **state)
{
	struct bench *b = *state;

	b->settings.mode = MODE_OBSERVE;
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->acts, 1);
	assert_int_equal(b->act[0].observe, 1);
	answer(b, &b->act[0], RECEIPT_OBSERVED, ERR_OK);
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->acts, 1);
	assert_non_null(strstr(ask(b, "bans", false), "state=observed"));
}

static void core_tries_a_failed_ban_again_but_not_for_ever(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	for (unsigned i = 0, second = 0; second < 1200; second++) {
		for (; i < b->acts; i++)
			answer(b, &b->act[i], RECEIPT_FAILED, ERR_IO);
		wait_us(b, SECOND_US);
	}
	/* Until it would be over. */
	assert_in_range(b->acts, 10, 20);
	assert_int_equal(b->receipts, b->acts);
	assert_non_null(strstr(ask(b, "health", false), "1 decided steps failed for good"));
	unsigned acts = b->acts;

	assert_null(strstr(ask(b, "bans", false), "192.0.2.1"));
	/* What a rail refuses is not asked again. */
	brute_force(b, "192.0.2.2");
	assert_int_equal(b->acts, acts + 1);
	answer(b, &b->act[acts], RECEIPT_REFUSED, ERR_PROTECTED);
	wait_us(b, 10 * MINUTE_US);
	assert_int_equal(b->acts, acts + 1);
}

static void core_asks_again_when_an_answer_is_lost(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	wait_us(b, MINUTE_US);
	assert_int_equal(b->acts, 2);
	answer(b, &b->act[1], RECEIPT_DONE, ERR_OK);
	wait_us(b, 5 * MINUTE_US);
	assert_int_equal(b->acts, 2);
}

static void core_spreads_bans_over_the_budget(void **state)
{
	struct bench *b = *state;
	char addr[32];

	b->settings.bans_per_minute = 6;
	for (unsigned i = 1; i <= 20; i++) {
		snprintf(addr, sizeof(addr), "192.0.2.%u", i);
		brute_force(b, addr);
	}
	assert_int_equal(b->acts, 6);
	for (unsigned i = 0, answered = 0; i < 200; i++) {
		for (; answered < b->acts; answered++)
			answer(b, &b->act[answered], RECEIPT_DONE, ERR_OK);
		wait_us(b, SECOND_US);
	}
	assert_int_equal(b->acts, 20);
}

static unsigned answer_all(struct bench *b)
{
	unsigned answered = 0;

	for (; answered < b->acts; answered++)
		answer(b, &b->act[answered % KEPT], RECEIPT_DONE, ERR_OK);
	return answered;
}

/* Each comes again before it has failed often enough. */
static void core_bans_each_of_a_thousand_addresses_that_take_turns(void **state)
{
	struct bench *b = *state;
	char addr[32];

	for (unsigned round = 0; round < 5; round++)
		for (unsigned i = 0; i < 1000; i++) {
			snprintf(addr, sizeof(addr), "198.18.%u.%u", i / 250, i % 250 + 1);
			fail_by(b, addr, 1000 * round + i, "root");
		}
	assert_int_equal(b->acts, KEPT);
	assert_non_null(strstr(ask(b, "counters", false), "name=bans_waiting\tvalue#936"));
	assert_int_equal(answer_all(b), 1000);
	assert_non_null(strstr(ask(b, "health", false), "well?true"));
	assert_non_null(strstr(ask(b, "counters", false), "name=srcs_lost\tvalue#0"));
}

static void core_says_when_addresses_are_lost(void **state)
{
	struct bench *b = *state;
	char addr[32];

	for (unsigned i = 0; i < 3000; i++) {
		snprintf(addr, sizeof(addr), "198.18.%u.%u", i / 250, i % 250 + 1);
		fail_by(b, addr, i, "root");
	}
	assert_non_null(strstr(ask(b, "health", false), "addresses were forgotten while they were counted"));
}

static void core_folds_repetitions_into_few_records(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 10000; i++) {
		fail_by(b, "192.0.2.1", 100 + i, "root");
		b->now.mono_us += 1000;
		if (core_deadline(b->core) <= b->now.mono_us)
			feed(b, &(struct input){.kind = INPUT_TICK});
	}
	wait_us(b, MINUTE_US);
	assert_in_range(b->auths, 2, 6);
	assert_int_equal(b->folded, 10000);
	assert_int_equal(b->drops, 0);
}

static void core_bounds_records_in_a_flood_of_names(void **state)
{
	struct bench *b = *state;
	char user[32];

	for (unsigned i = 0; i < 20000; i++) {
		snprintf(user, sizeof(user), "user%u", i);
		fail_by(b, "192.0.2.1", 100 + i, user);
		b->now.mono_us += 1000;
		if (core_deadline(b->core) <= b->now.mono_us)
			feed(b, &(struct input){.kind = INPUT_TICK});
	}
	assert_in_range(b->records, 200, 3000);
	assert_true(b->drops > 0);
}

static void core_answers_the_command_line(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	assert_true(strncmp(ask(b, "status", false), "status\tversion=", 15) == 0);
	assert_non_null(strstr(b->reply, "\tmode=enforce\t"));
	assert_non_null(strstr(b->reply, "\nok\t"));
	assert_non_null(strstr(ask(b, "incidents\n", false), "rule=brute_force"));
	assert_true(strncmp(ask(b, "health", false), "health\twell?true\n", 17) == 0);
	assert_non_null(strstr(ask(b, "counters", false), "name=attempts\tvalue#5"));
	assert_true(strncmp(ask(b, "reboot", true), "error\tcode=INVALID", 18) == 0);
	assert_true(strncmp(ask(b, "unban 192.0.2.1", false), "error\tcode=DENIED", 17) == 0);
	assert_true(strncmp(ask(b, "unban 192.0.2.", true), "error\tcode=INVALID", 18) == 0);
	assert_string_equal(ask(b, "unban 192.0.2.1", true), "");
	assert_int_equal(b->acts, 2);
	assert_int_equal(b->act[1].args.verb, VERB_UNBAN);
	assert_int_equal(b->act[1].origin, ORIGIN_LOCAL);
	answer(b, &b->act[1], RECEIPT_DONE, ERR_OK);
	assert_non_null(strstr(b->reply, "receipt\tverb=unban\taddr=192.0.2.1\tresult=done"));
	assert_non_null(strstr(b->reply, "\nok\tcode=OK\ttext=as told\n"));
	assert_null(strstr(ask(b, "bans", false), "192.0.2.1"));
	ask(b, "unban 192.0.2.9", true);
	wait_us(b, 11 * SECOND_US);
	assert_non_null(strstr(b->reply, "error\tcode=TIMEOUT"));
	/* An address names the network that it is banned with. */
	brute_force(b, "2001:db8::6");
	answer(b, &b->act[3], RECEIPT_DONE, ERR_OK);
	ask(b, "unban 2001:db8::9", true);
	assert_int_equal(b->act[4].args.addr.prefix, 64);
}

static void core_gives_long_answers_in_pieces(void **state)
{
	struct bench *b = *state;
	unsigned rows = 0;

	for (unsigned i = 0; i < 600; i++) {
		struct actor_effect ban = {
			.args = {.verb = VERB_BAN, .addr = {4, 32, {10, 0, (uint8_t)(i >> 8), (uint8_t)i}}},
			.origin = ORIGIN_ORDER,
			.expires_mono_us = b->now.mono_us + HOUR_US};

		feed(b, &(struct input){.kind = INPUT_EFFECT, .effect = &ban});
	}
	ask(b, "bans", false);
	for (const char *at = b->reply; (at = strstr(at, "ban\taddr=")) != NULL; at++)
		rows++;
	assert_int_equal(rows, 600);
	assert_non_null(strstr(b->reply, "\nok\t"));
}

static void core_says_what_is_wrong(void **state)
{
	struct bench *b = *state;
	struct core_shell_health shell = {.problem_count = 1, .problems = {"cannot read /var/log/auth.log: waiting"}};
	struct actor_health actor = {.firewall = ERR_UNSUPPORTED};

	feed(b, &(struct input){.kind = INPUT_SHELL, .shell = &shell});
	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &actor});
	assert_int_equal(b->healths, 1);
	wait_us(b, 11 * SECOND_US);
	assert_int_equal(b->healths, 2);
	assert_true(strncmp(ask(b, "health", false), "health\twell?false\n", 18) == 0);
	assert_non_null(strstr(b->reply, "problem\ttext=cannot read /var/log/auth.log"));
	assert_non_null(strstr(b->reply, "addresses cannot be banned"));
	wait_us(b, 2 * HOUR_US);
	assert_int_equal(b->healths, 2);
}

static void core_sleeps_when_nothing_happens(void **state)
{
	struct bench *b = *state;
	struct core_shell_health shell = {0};

	feed(b, &(struct input){.kind = INPUT_SHELL, .shell = &shell});
	brute_force(b, "192.0.2.1");
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	wait_us(b, 30 * MINUTE_US);
	assert_int_equal(core_deadline(b->core), INT64_MAX);
}

static void core_hands_on_orders(void **state)
{
	struct bench *b = *state;
	struct actor_order order = {.order_len = 3, .order = {1, 2, 3}};
	struct effect e;

	core_feed(b->core, &(struct input){.kind = INPUT_ORDER, .order = &order}, b->now);
	assert_true(core_take(b->core, &e));
	assert_int_equal(e.kind, EFFECT_ORDER);
	assert_int_equal(e.order->order_len, 3);
	assert_int_equal(e.order->header.type, ACTOR_ORDER);
	assert_int_equal(e.order->header.length, sizeof(order));
	assert_true(e.order->header.request_id != 0);
}

/* Saved state. */

static void core_asks_after_a_restart_for_all_bans_that_wait(void **state)
{
	struct bench *b = *state;
	char addr[32];

	b->settings.bans_per_minute = 1;
	for (unsigned i = 0; i < 300; i++) {
		snprintf(addr, sizeof(addr), "198.18.%u.%u", i / 250, i % 250 + 1);
		brute_force(b, addr);
	}
	assert_int_equal(b->acts, 1);
	assert_non_null(strstr(ask(b, "health", false), "299 bans wait: bans_per_minute allows no more"));
	wait_us(b, 10 * SECOND_US);
	save(b);
	b->settings.bans_per_minute = 1200;
	restart(b, SECOND_US, false);
	wait_us(b, 5 * SECOND_US);
	assert_int_equal(answer_all(b), 300);
	assert_non_null(strstr(ask(b, "bans", false), "addr=198.18.1.50\tstate=in_force"));
	assert_non_null(strstr(ask(b, "health", false), "well?true"));
}

static void core_goes_on_counting_after_a_restart(void **state)
{
	struct bench *b = *state;

	for (unsigned rebooted = 0; rebooted < 2; rebooted++) {
		const char *addr = rebooted ? "192.0.2.2" : "192.0.2.1";
		struct core_place place;

		for (unsigned i = 0; i < 4; i++)
			fail_by(b, addr, 100 + i, "root");
		save(b);
		restart(b, MINUTE_US, rebooted);
		assert_true(core_place(b->core, 0, &place));
		assert_int_equal(place.offset, b->offset);
		assert_int_equal(place.inode, 9);
		assert_int_equal(place.head_crc, 77);
		assert_false(core_place(b->core, 1, &place));
		fail_by(b, addr, 100, "root"); /* a further trace, of the connection known before */
		fail_by(b, addr, 104, "root");
		assert_int_equal(b->acts, 1);
	}
	restart(b, 20 * MINUTE_US, false);
	fail_by(b, "192.0.2.2", 105, "root");
	assert_int_equal(b->acts, 0);
}

static void core_keeps_incidents_and_bans_over_a_restart(void **state)
{
	struct bench *b = *state;
	uint8_t id[16];

	brute_force(b, "192.0.2.1");
	memcpy(id, b->incident[0], 16);
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	save(b);
	restart(b, MINUTE_US, true);
	struct actor_effect ban = {.args = {.verb = VERB_BAN, .addr = b->act[0].args.addr},
				   .origin = ORIGIN_RULE,
				   .rule_hash = hash_name("brute_force"),
				   .expires_mono_us = b->now.mono_us + 9 * MINUTE_US};

	feed(b, &(struct input){.kind = INPUT_EFFECT, .effect = &ban});
	feed(b, &(struct input){.kind = INPUT_SYNCED});
	brute_force(b, "192.0.2.1");
	wait_us(b, 10 * SECOND_US);
	assert_int_equal(b->acts, 0);
	for (unsigned i = 0; i < b->findings; i++)
		assert_memory_equal(b->incident[i], id, 16);
	assert_non_null(strstr(ask(b, "incidents", false), "rule=brute_force"));
	wait_us(b, 11 * MINUTE_US);
	assert_int_equal(b->state[b->findings - 1], 3);
	assert_memory_equal(b->incident[b->findings - 1], id, 16);
}

static void core_asks_again_for_what_was_never_answered(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	save(b);
	restart(b, SECOND_US, false);
	feed(b, &(struct input){.kind = INPUT_SYNCED});
	assert_int_equal(b->acts, 0);
	wait_us(b, 3 * SECOND_US);
	assert_int_equal(b->acts, 1);
	assert_int_equal(b->act[0].args.verb, VERB_BAN);
	answer(b, &b->act[0], RECEIPT_ALREADY, ERR_OK);
	assert_int_equal(b->receipts, 1);
}

static void core_asks_again_for_a_ban_that_the_actor_lost(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	save(b);
	restart(b, 100 * SECOND_US, true);
	feed(b, &(struct input){.kind = INPUT_SYNCED});
	assert_int_equal(b->acts, 1);
	assert_in_range(b->act[0].args.duration_s, 495, 500);
}

static void core_finds_the_same_incident_in_lines_read_again(void **state)
{
	struct bench *b = *state;
	uint64_t offset;
	uint8_t id[16];

	fail_by(b, "192.0.2.1", 99, "root");
	save(b);
	offset = b->offset;
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->findings, 1);
	memcpy(id, b->incident[0], 16);
	restart(b, SECOND_US, false);
	b->offset = offset;
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->findings, 1);
	assert_memory_equal(b->incident[0], id, 16);
}

/* A failure whose stamp is `age_s` before the clock. */
static void fail_stamped(struct bench *b, unsigned pid, int64_t age_s)
{
	time_t then = (time_t)(b->now.wall_us / SECOND_US - age_s);
	char text[256];
	struct tm tm;
	size_t len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ device ", gmtime_r(&then, &tm));

	snprintf(text + len, sizeof(text) - len, "sshd[%u]: Failed password for root from 192.0.2.1 port 4000 ssh2",
		 pid);
	b->offset += strlen(text) + 1;
	feed(b, &(struct input){.kind = INPUT_LINE, .place = {9, b->offset, 77, 256}, .bytes = str_from(text)});
}

static void core_reads_what_it_missed_with_the_times_of_then(void **state)
{
	struct bench *b = *state;

	b->now.wall_us = 1800000000 * SECOND_US; /* a clock that was set */
	for (unsigned close = 0; close < 2; close++) {
		b->settings.rules[RULE_BREACH].enabled = false;
		boot(b, 1);
		b->acts = 0;
		fail_stamped(b, 99, 0);
		save(b);
		restart(b, 5 * HOUR_US, close);
		/* Five typing errors over the hours that the guard was away, or within the last minute of them. */
		for (unsigned i = 0; i < 5; i++)
			fail_stamped(b, 100 + i, close ? 60 - 10 * i : 4 * 3600 - 1800 * i);
		assert_int_equal(b->acts, close);
	}
}

static void core_believes_its_clock_where_stamps_are_always_late(void **state)
{
	struct bench *b = *state;

	b->now.wall_us = 1800000000 * SECOND_US;
	/* A zone set wrongly by an hour hides nothing, not even after the clock was put right. */
	for (unsigned i = 0; i < 5; i++)
		fail_stamped(b, 100 + i, 3600);
	assert_int_equal(b->acts, 1);
	b->now.wall_us += 3 * HOUR_US;
	wait_us(b, 30 * MINUTE_US);
	for (unsigned i = 0; i < 5; i++)
		fail_stamped(b, 200 + i, 3 * 3600);
	wait_us(b, 30 * MINUTE_US);
	for (unsigned i = 0; i < 5; i++)
		fail_stamped(b, 300 + i, 3 * 3600);
	wait_us(b, 30 * MINUTE_US);
	unsigned acts = b->acts;

	for (unsigned i = 0; i < 5; i++)
		fail_stamped(b, 400 + i, 3 * 3600);
	assert_int_equal(b->acts, acts + 1);
}

static void core_starts_afresh_from_damage(void **state)
{
	struct bench *b = *state;
	unsigned step = thorough_step(4);

	brute_force(b, "192.0.2.1");
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	save(b);
	for (size_t at = 0; at < b->saved_len; at += step) {
		b->saved[at] ^= 0x20;
		restart(b, SECOND_US, false);
		b->saved[at] ^= 0x20;
		struct core_place place;

		assert_false(core_place(b->core, 0, &place));
	}
	for (size_t len = 1; len < b->saved_len; len += step) {
		size_t whole = b->saved_len;

		b->saved_len = len;
		restart(b, SECOND_US, false);
		b->saved_len = whole;
	}
	assert_non_null(strstr(b->log, "damaged"));
	assert_non_null(strstr(ask(b, "health", false), "the saved state was not used, because it is damaged"));
	brute_force(b, "192.0.2.1");
	assert_int_equal(b->acts, 1);
}

/* A good checksum over nonsense: bounds are still checked. */
static void core_survives_sealed_nonsense(void **state)
{
	struct bench *b = *state;
	unsigned seed = 3;

	brute_force(b, "192.0.2.1");
	fail_by(b, "2001:db8::1", 300, "admin");
	save(b);
	size_t whole = b->saved_len;
	uint8_t *copy = malloc(whole);

	memcpy(copy, b->saved, whole);
	for (unsigned round = 0; round < thorough_times(600, 3000); round++) {
		memcpy(b->saved, copy, whole);
		for (unsigned n = 0; n < 1 + round % 8; n++) {
			seed = seed * 1103515245u + 12345u;
			b->saved[24 + (seed >> 8) % (whole - 28)] = (uint8_t)(seed >> 24);
		}
		uint32_t crc = hash_crc32c(0, b->saved, whole - 4);

		for (unsigned i = 0; i < 4; i++)
			b->saved[whole - 4 + i] = (uint8_t)(crc >> (24 - 8 * i));
		restart(b, SECOND_US, round & 1);
		fail_by(b, "192.0.2.1", 400, "root");
		wait_us(b, MINUTE_US);
	}
	free(copy);
}

/* Or a crash would bring the ban back, from a state that has it still. */
static void core_saves_at_once_what_an_operator_lifted(void **state)
{
	struct bench *b = *state;
	unsigned saves;

	brute_force(b, "192.0.2.1");
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	wait_us(b, 2 * SECOND_US);
	saves = b->saves;
	ask(b, "unban 192.0.2.1", true);
	answer(b, &b->act[1], RECEIPT_DONE, ERR_OK);
	assert_int_equal(b->saves, saves + 1);
}

static void core_saves_soon_after_a_ban_and_seldom_otherwise(void **state)
{
	struct bench *b = *state;

	brute_force(b, "192.0.2.1");
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	wait_us(b, 2 * SECOND_US);
	assert_int_equal(b->saves, 1);
	for (unsigned i = 0; i < 3600; i++) {
		line(b, "cron[7]: nothing to see");
		wait_us(b, SECOND_US);
	}
	assert_in_range(b->saves, 5, 12);
}

static void refuse_by(struct bench *b, const char *addr, unsigned pid, const char *user)
{
	line(b,
	     "sshd[%u]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%s  "
	     "user=%s",
	     pid, addr, user);
}

/* Every user of a directory is refused by pam_unix before sssd lets him in. */
static void core_leaves_correct_logins_alone(void **state)
{
	struct bench *b = *state;

	b->settings.trust_logs = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	boot(b, 1);
	for (unsigned i = 0; i < 10; i++) {
		char user[16];

		snprintf(user, sizeof(user), "user%u", i);
		refuse_by(b, "192.0.2.1", 100 + i, user);
		line(b,
		     "sshd[%u]: pam_sss(sshd:auth): authentication success; logname= uid=0 euid=0 tty=ssh ruser= "
		     "rhost=192.0.2.1 user=%s",
		     100 + i, user);
		win_by(b, "192.0.2.1", 100 + i, user);
		wait_us(b, 5 * SECOND_US);
	}
	for (unsigned i = 0; i < 10; i++) /* all at once, and the module that says yes tells nobody */
		refuse_by(b, "192.0.2.2", 200 + i, "alice");
	for (unsigned i = 0; i < 10; i++)
		win_by(b, "192.0.2.2", 200 + i, "alice");
	assert_int_equal(b->acts, 0);
	assert_int_equal(b->findings, 0);
	assert_non_null(strstr(ask(b, "counters", false), "name=refusals_forgiven\tvalue#20"));
}

static void try_by(struct bench *b, const char *addr, unsigned pid)
{
	refuse_by(b, addr, pid, "root");
	wait_us(b, 2 * SECOND_US);
	fail_by(b, addr, pid, "root");
}

static void core_bans_before_the_verdict_where_pam_unix_is_alone(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 4; i++)
		try_by(b, "192.0.2.1", 100 + i);
	assert_int_equal(b->acts, 0);
	refuse_by(b, "192.0.2.1", 104, "root");
	assert_int_equal(b->acts, 1);
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	fail_by(b, "192.0.2.1", 104, "root");
	fail_by(b, "192.0.2.1", 105, "root");
	assert_int_equal(b->acts, 1);
	assert_int_equal(b->findings, 1);
	/* Of several at once only one is taken for certain. */
	for (unsigned i = 0; i < 9; i++)
		refuse_by(b, "192.0.2.2", 200 + i, "root");
	assert_int_equal(b->acts, 1);
	for (unsigned i = 0; i < 4; i++)
		fail_by(b, "192.0.2.2", 200 + i, "root");
	refuse_by(b, "192.0.2.2", 300, "root");
	assert_int_equal(b->acts, 2);
}

static void core_takes_back_a_ban_for_a_login_that_succeeded(void **state)
{
	struct bench *b = *state;

	b->settings.rules[RULE_BREACH].enabled = false;
	boot(b, 1);
	for (unsigned i = 0; i < 4; i++)
		try_by(b, "192.0.2.1", 100 + i);
	refuse_by(b, "192.0.2.1", 104, "alice");
	assert_int_equal(b->acts, 1);
	win_by(b, "192.0.2.1", 104, "alice"); /* before the actor has answered */
	assert_int_equal(b->acts, 2);
	assert_int_equal(b->act[1].args.verb, VERB_UNBAN);
	assert_true(addr_equal(&b->act[0].args.addr, &b->act[1].args.addr));
	assert_non_null(strstr(b->log, "taken back"));
	assert_int_equal(b->receipts, 1);
	assert_int_equal(b->state[1], 3); /* the incident is closed */
	answer(b, &b->act[0], RECEIPT_DONE, ERR_OK);
	answer(b, &b->act[1], RECEIPT_DONE, ERR_OK);
	assert_null(strstr(ask(b, "bans", false), "addr=192.0.2.1"));
	/* And nothing is taken for certain here again. */
	for (unsigned i = 0; i < 4; i++)
		try_by(b, "192.0.2.2", 200 + i);
	refuse_by(b, "192.0.2.2", 204, "root");
	assert_int_equal(b->acts, 2);
	fail_by(b, "192.0.2.2", 204, "root");
	assert_int_equal(b->acts, 3);
}

/* How the kernel tells of it. */
static void audit(struct bench *b, const char *addr, unsigned pid, const char *result)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "type=USER_AUTH msg=audit(1700000000.123:45): pid=%u uid=0 auid=4294967295 "
		 "ses=4294967295 msg='op=PAM:authentication grantors=? acct=\"alice\" exe=\"/usr/sbin/sshd\" "
		 "hostname=%s addr=%s terminal=ssh res=%s'",
		 pid, addr, addr, result);
	feed(b, &(struct input){.kind = INPUT_LINE, .source = CORE_SOURCE_AUDIT, .bytes = str_from(text)});
}

/* A line of the syslog socket that process `writer` of root wrote, in the name of sshd[pid]. */
static void datagram(struct bench *b, unsigned writer, unsigned pid, const char *verdict)
{
	char text[256];

	snprintf(text, sizeof(text), "<38>Nov 22 12:30:58 sshd[%u]: %s password for alice from 192.0.2.1 port 4 ssh2",
		 pid, verdict);
	feed(b, &(struct input){
			.kind = INPUT_LINE, .source = CORE_SOURCE_SYSLOG, .writer = writer, .bytes = str_from(text)});
}

static void with_account_steps(struct bench *b)
{
	b->settings.audit = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	b->settings.rules[RULE_BREACH].steps[2] = VERB_LOGOUT;
	boot(b, 1);
}

static unsigned account_steps_of(const struct bench *b)
{
	unsigned count = 0;

	for (unsigned i = 0; i < b->acts; i++)
		count += b->act[i].args.verb == VERB_RESET || b->act[i].args.verb == VERB_LOGOUT;
	return count;
}

static void core_leaves_an_account_alone_that_only_a_log_file_tells_of(void **state)
{
	struct bench *b = *state;

	with_account_steps(b);
	for (unsigned i = 0; i < 3; i++)
		fail_by(b, "192.0.2.1", 100 + i, "alice");
	win_by(b, "192.0.2.1", 200, "alice");
	assert_int_equal(b->acts, 1);
	assert_int_equal(b->act[0].args.verb, VERB_BAN);
	unsigned receipts = b->receipts;

	wait_us(b, 11 * SECOND_US);
	assert_int_equal(account_steps_of(b), 0);
	assert_int_equal(b->receipts, receipts + 2);
	assert_non_null(strstr(b->log, "reset refused: reset: 'alice' is left alone: only log files tell of this"));
}

static void core_does_not_let_forged_failures_reset_who_logs_in(void **state)
{
	struct bench *b = *state;

	with_account_steps(b);
	for (unsigned i = 0; i < 5; i++)
		fail_by(b, "192.0.2.1", 200, "alice");
	/* A relay is root's as well, but the lines are not its own. */
	for (unsigned i = 0; i < 5; i++)
		datagram(b, 77, 200, "Failed");
	audit(b, "192.0.2.1", 200, "failed");
	datagram(b, 200, 200, "Failed");
	audit(b, "192.0.2.1", 200, "success");
	datagram(b, 200, 200, "Accepted");
	win_by(b, "192.0.2.1", 200, "alice");
	wait_us(b, 11 * SECOND_US);
	assert_true(b->findings >= 2);
	assert_int_equal(account_steps_of(b), 0);
}

static void core_does_not_let_a_forged_success_reset_an_account(void **state)
{
	struct bench *b = *state;

	with_account_steps(b);
	for (unsigned i = 0; i < 5; i++)
		audit(b, "192.0.2.1", 100 + i, "failed");
	win_by(b, "192.0.2.1", 200, "alice");
	wait_us(b, 11 * SECOND_US);
	assert_int_equal(account_steps_of(b), 0);
}

static void core_resets_when_witnesses_come_before_or_after_the_log(void **state)
{
	struct bench *b = *state;

	with_account_steps(b);
	for (unsigned i = 0; i < 3; i++) {
		audit(b, "192.0.2.1", 100 + i, "failed");
		fail_by(b, "192.0.2.1", 100 + i, "alice");
	}
	audit(b, "192.0.2.1", 103, "success");
	assert_int_equal(account_steps_of(b), 2);
	win_by(b, "192.0.2.1", 103, "alice");
	assert_int_equal(account_steps_of(b), 2);
	for (unsigned i = 0; i < 3; i++)
		fail_by(b, "192.0.2.2", 200 + i, "alice");
	win_by(b, "192.0.2.2", 203, "alice");
	for (unsigned i = 0; i < 3; i++)
		audit(b, "192.0.2.2", 200 + i, "failed");
	assert_int_equal(account_steps_of(b), 2);
	wait_us(b, 2 * SECOND_US);
	audit(b, "192.0.2.2", 203, "success");
	assert_int_equal(account_steps_of(b), 4);
	wait_us(b, 20 * SECOND_US);
	assert_null(strstr(b->log, "left alone"));
}

static void core_takes_the_word_of_the_process_that_wrote_a_datagram(void **state)
{
	struct bench *b = *state;

	with_account_steps(b);
	for (unsigned i = 0; i < 4; i++)
		datagram(b, 100 + i, 100 + i, i < 3 ? "Failed" : "Accepted");
	assert_int_equal(account_steps_of(b), 2);
}

static void core_says_when_no_witness_can_come(void **state)
{
	struct bench *b = *state;

	with_account_steps(b);
	assert_null(strstr(ask(b, "health", false), "wait for a witness"));
	b->settings.audit = false;
	assert_non_null(strstr(ask(b, "health", false), "breach: its steps other than bans need a witness"));
	b->settings.trust_logs = true;
	assert_null(strstr(ask(b, "health", false), "wait for a witness"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(core_bans_at_the_threshold_before_it_tells),
		TEST(core_counts_what_syslogd_says_was_repeated),
		TEST(core_says_which_access_log_is_not_read),
		TEST(core_bans_for_lines_that_name_no_address),
		TEST(core_asks_once_while_a_ban_is_in_force_and_again_afterwards),
		TEST(core_warns_of_no_ban_that_was_done),
		TEST(core_updates_an_incident_at_growing_intervals),
		TEST(core_sees_a_breach_and_answers_it),
		TEST(core_answers_a_breach_in_a_flood),
		TEST(core_never_asks_to_ban_who_must_not_be),
		TEST(core_observes_in_observe_mode),
		TEST(core_tries_a_failed_ban_again_but_not_for_ever),
		TEST(core_asks_again_when_an_answer_is_lost),
		TEST(core_spreads_bans_over_the_budget),
		TEST(core_bans_each_of_a_thousand_addresses_that_take_turns),
		TEST(core_asks_after_a_restart_for_all_bans_that_wait),
		TEST(core_says_when_addresses_are_lost),
		TEST(core_folds_repetitions_into_few_records),
		TEST(core_bounds_records_in_a_flood_of_names),
		TEST(core_answers_the_command_line),
		TEST(core_gives_long_answers_in_pieces),
		TEST(core_says_what_is_wrong),
		TEST(core_sleeps_when_nothing_happens),
		TEST(core_hands_on_orders),
		TEST(core_goes_on_counting_after_a_restart),
		TEST(core_keeps_incidents_and_bans_over_a_restart),
		TEST(core_asks_again_for_what_was_never_answered),
		TEST(core_asks_again_for_a_ban_that_the_actor_lost),
		TEST(core_finds_the_same_incident_in_lines_read_again),
		TEST(core_reads_what_it_missed_with_the_times_of_then),
		TEST(core_believes_its_clock_where_stamps_are_always_late),
		TEST(core_starts_afresh_from_damage),
		TEST(core_survives_sealed_nonsense),
		TEST(core_saves_at_once_what_an_operator_lifted),
		TEST(core_saves_soon_after_a_ban_and_seldom_otherwise),
		TEST(core_leaves_correct_logins_alone),
		TEST(core_bans_before_the_verdict_where_pam_unix_is_alone),
		TEST(core_takes_back_a_ban_for_a_login_that_succeeded),
		TEST(core_leaves_an_account_alone_that_only_a_log_file_tells_of),
		TEST(core_does_not_let_forged_failures_reset_who_logs_in),
		TEST(core_does_not_let_a_forged_success_reset_an_account),
		TEST(core_resets_when_witnesses_come_before_or_after_the_log),
		TEST(core_takes_the_word_of_the_process_that_wrote_a_datagram),
		TEST(core_says_when_no_witness_can_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
