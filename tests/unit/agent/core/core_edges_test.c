/* SPDX-License-Identifier: Apache-2.0 */
/* The core at its limits: problems, strange requests and receipts, names, full tables, states of any age. */
#include "tests/unit/agent/core/bench.h"

#include "agent/base/hash.h"
#include "tests/unit/thorough.h"

static void ban_told(struct bench *b, const char *addr, uint8_t origin, int64_t lasts_us)
{
	struct actor_effect ban = {
		.args.verb = VERB_BAN, .origin = origin, .expires_mono_us = b->now.mono_us + lasts_us};

	assert_int_equal(addr_parse_prefix(str_from(addr), &ban.args.addr), ERR_OK);
	feed(b, &(struct input){.kind = INPUT_EFFECT, .effect = &ban});
}

static void actor_told(struct bench *b, struct actor_health health)
{
	feed(b, &(struct input){.kind = INPUT_ACTOR_HEALTH, .health = &health});
}

static void core_says_each_problem_of_the_actor_where_it_matters(void **state)
{
	static const struct {
		enum err err;
		const char *text;
	} journal[] = {
		{ERR_CORRUPT, "the undo journal lost records, journal.damaged is what it was: damaged data"},
		{ERR_KIND, "the undo journal is something else: not a regular file"},
		{ERR_READ_ONLY, "the undo journal cannot be written: read-only"},
	};
	struct bench *b = *state;
	struct actor_health all = {.firewall = ERR_UNSUPPORTED, .journal = ERR_NO_SPACE, .accounts = ERR_DENIED};

	all.trust = ERR_CORRUPT;
	actor_told(b, all);
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "addresses cannot be banned: not supported"));
	assert_non_null(strstr(b->reply, "the undo journal cannot grow: no space left"));
	for (unsigned i = 0; i < sizeof(journal) / sizeof(journal[0]); i++) {
		all.journal = journal[i].err;
		actor_told(b, all);
		ask(b, "health", false);
		assert_non_null(strstr(b->reply, journal[i].text));
	}
	all.stuck = ERR_BUSY;
	all.effects_lost = 3;
	actor_told(b, all);
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "what is to be taken back cannot be, and is tried again: in use by another"));
	assert_non_null(strstr(b->reply, "more bans and other effects than this build keeps"));
	/* No rule resets, and no service gives orders. */
	assert_null(strstr(b->reply, "credentials cannot be reset"));
	assert_null(strstr(b->reply, "signed orders"));
	memcpy(b->settings.server_host, "caltrop.example", 16);
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	ask(b, "health", false);
	assert_non_null(strstr(b->reply, "credentials cannot be reset: permission denied"));
	assert_non_null(strstr(b->reply, "signed orders cannot be checked: damaged data"));
	for (unsigned i = 0; i < RULES_MAX; i++)
		b->settings.rules[i].enabled = false;
	assert_null(strstr(ask(b, "health", false), "cannot be banned"));
	/* Each change is told in the log, and good news too. */
	all.firewall = all.journal = all.stuck = ERR_OK;
	all.effects_lost = 0;
	actor_told(b, all);
	all.trust = ERR_OK;
	actor_told(b, all);
	all.accounts = ERR_OK;
	actor_told(b, all);
	all.core_restarts = 1;
	actor_told(b, all);
	actor_told(b, all);
	assert_null(strstr(ask(b, "health", false), "journal"));
	assert_non_null(strstr(b->log, "packet filter"));
}

static void core_lists_as_many_problems_as_have_room(void **state)
{
	struct bench *b = *state;
	static char text[400];
	struct core_shell_health shell = {.problem_count = CORE_PROBLEMS_MAX, .counter_count = CORE_COUNTERS_MAX};

	memset(text, 'x', sizeof(text) - 1);
	for (unsigned i = 0; i < CORE_PROBLEMS_MAX; i++)
		shell.problems[i] = text;
	for (unsigned i = 0; i < CORE_COUNTERS_MAX; i++) {
		shell.counters[i].name = "shell_counter";
		shell.counters[i].value = i;
	}
	feed(b, &(struct input){.kind = INPUT_SHELL, .shell = &shell});
	wait_us(b, 20 * SECOND_US);
	assert_non_null(strstr(ask(b, "health", false), "problem\ttext=xxxx"));
	assert_non_null(strstr(b->reply, "\nok\t"));
	assert_non_null(strstr(b->reply, "name=shell_counter\tvalue#23"));
	assert_non_null(strstr(ask(b, "status", false), "mode=enforce"));
	b->settings.mode = MODE_OBSERVE;
	assert_non_null(strstr(ask(b, "status", false), "mode=observe"));
}

static void core_tells_whose_a_ban_is_and_forgets_it_in_time(void **state)
{
	struct bench *b = *state;
	struct actor_effect gone = {.args.verb = VERB_BAN, .gone = 1};

	ban_told(b, "198.51.100.1", ORIGIN_ORDER, HOUR_US);
	ban_told(b, "198.51.100.2", ORIGIN_LOCAL, HOUR_US);
	ban_told(b, "198.51.100.3", ORIGIN_RULE, MINUTE_US);
	ask(b, "bans", false);
	assert_non_null(strstr(b->reply, "addr=198.51.100.1\tstate=in_force\trule=\torigin=order"));
	assert_non_null(strstr(b->reply, "addr=198.51.100.2\tstate=in_force\trule=\torigin=local"));
	assert_non_null(strstr(b->reply, "addr=198.51.100.3\tstate=in_force\trule=\torigin=rule"));
	wait_us(b, 2 * MINUTE_US);
	assert_null(strstr(ask(b, "bans", false), "198.51.100.3"));
	assert_int_equal(addr_parse(STR("198.51.100.2"), &gone.args.addr), ERR_OK);
	feed(b, &(struct input){.kind = INPUT_EFFECT, .effect = &gone});
	assert_int_equal(addr_parse(STR("198.51.100.99"), &gone.args.addr), ERR_OK);
	feed(b, &(struct input){.kind = INPUT_EFFECT, .effect = &gone});
	assert_null(strstr(ask(b, "bans", false), "198.51.100.2"));
	assert_non_null(strstr(b->reply, "198.51.100.1"));
}

static void core_answers_only_so_many_at_once(void **state)
{
	struct bench *b = *state;
	struct input request = {.kind = INPUT_CONTROL, .bytes = STR("status"), .root = true};

	b->reply_len = 0;
	for (request.token = 1; request.token <= 9; request.token++)
		core_feed(b->core, &request, b->now);
	take(b);
	assert_non_null(strstr(b->reply, "error\tcode=FULL\ttext=too many requests wait for an answer"));
	b->reply_len = 0;
	request.bytes = STR("unban 192.0.2.77");
	for (request.token = 1; request.token <= 129; request.token++)
		feed(b, &request);
	assert_non_null(strstr(b->reply, "error\tcode=FULL\ttext=too many requests wait for an answer"));
}

static void core_passes_on_why_an_unban_failed(void **state)
{
	struct bench *b = *state;

	ask(b, "unban 192.0.2.1", true);
	answer(b, &b->act[0], RECEIPT_REFUSED, ERR_UNSUPPORTED);
	assert_non_null(strstr(b->reply, "result=refused\tverified?false"));
	assert_non_null(strstr(b->reply, "error\tcode=UNSUPPORTED\ttext=as told"));
	ask(b, "unban 192.0.2.2", true);
	answer(b, &b->act[1], RECEIPT_ALREADY, ERR_OK);
	assert_non_null(strstr(b->reply, "ok\tcode=OK"));
	assert_true(strncmp(ask(b, "", true), "error\tcode=INVALID", 18) == 0);
	assert_true(strncmp(ask(b, "unban", true), "error\tcode=INVALID", 18) == 0);
	assert_true(strncmp(ask(b, "statusx", true), "error\tcode=INVALID", 18) == 0);
}

static void core_gives_many_incidents_in_pieces(void **state)
{
	struct bench *b = *state;
	unsigned rows = 0;
	char addr[32];

	for (unsigned i = 0; i < 120; i++) {
		snprintf(addr, sizeof(addr), "198.51.%u.%u", i / 200 + 1, i % 200 + 1);
		brute_force(b, addr);
		wait_us(b, 3 * SECOND_US); /* so that it is no storm */
	}
	ask(b, "incidents", false);
	for (const char *at = b->reply; (at = strstr(at, "incident\tid=")) != NULL; at++)
		rows++;
	assert_int_equal(rows, 120);
	assert_non_null(strstr(b->reply, "\nok\t"));
}

static void core_never_bans_a_name_and_says_so(void **state)
{
	struct bench *b = *state;

	b->settings.rules[RULE_BRUTE_FORCE].count = 3;
	boot(b, 1);
	for (unsigned i = 0; i < 8; i++)
		fail_by(b, "bad.example", 300 + i, "bob");
	assert_int_equal(b->acts, 0);
	ask(b, "incidents", false);
	assert_non_null(strstr(b->reply, "src=bad.example"));
	assert_non_null(strstr(b->log, "the attempt came from a name, and names lie"));
	save(b);
	restart(b, SECOND_US, false);
	assert_non_null(strstr(ask(b, "incidents", false), "src=bad.example"));
}

/* How long the core wants the source banned; the actor does so. */
static uint32_t banned_for(struct bench *b, const char *addr)
{
	unsigned acts = b->acts;

	brute_force(b, addr);
	assert_int_equal(b->acts, acts + 1);
	assert_int_equal(b->act[acts].args.verb, VERB_BAN);
	answer(b, &b->act[acts], RECEIPT_DONE, ERR_OK);
	return b->act[acts].args.duration_s;
}

/* Also of a ban that runs out while nobody counts, and of one whose end was counted before. */
static void core_remembers_over_a_restart_who_was_banned(void **state)
{
	struct bench *b = *state;

	boot(b, 1);
	assert_int_equal(banned_for(b, "192.0.2.1"), 600);
	save(b);
	restart(b, 700 * SECOND_US, true);
	assert_int_equal(banned_for(b, "192.0.2.1"), 1200);
	wait_us(b, 1300 * SECOND_US);
	save(b);
	restart(b, SECOND_US, false);
	assert_int_equal(banned_for(b, "192.0.2.1"), 2400);
	assert_int_equal(banned_for(b, "192.0.2.2"), 600);
	save(b);
	restart(b, 3 * 24 * HOUR_US, true);
	assert_int_equal(banned_for(b, "192.0.2.1"), 600);
}

static void core_takes_receipts_of_any_content(void **state)
{
	struct bench *b = *state;
	struct actor_receipt r = {.header = {MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), 0}, .result = RECEIPT_DONE};

	memset(r.text, 0xe4, sizeof(r.text)); /* no end, no ASCII */
	r.origin = 77;
	r.sealed_len = MESSAGE_SEALED_MAX + 1;
	for (unsigned result = 0; result < 12; result++)
		for (unsigned verb = 0; verb <= VERB_MAX; verb++) {
			r.result = (uint8_t)result;
			r.args.verb = (uint16_t)verb;
			r.err = (uint8_t)(result * 17);
			feed(b, &(struct input){.kind = INPUT_RECEIPT, .receipt = &r});
		}
	assert_int_equal(b->receipts, 12 * (VERB_MAX + 1));
}

static void breach_with(struct bench *b, uint16_t step, const char *user)
{
	b->settings.trust_logs = true;
	b->settings.rules[RULE_BREACH].steps[1] = step;
	boot(b, 1);
	b->acts = b->log_len = 0;
	brute_force(b, "192.0.2.1");
	win_by(b, "192.0.2.1", 200, user);
}

static unsigned asked_for(const struct bench *b, uint16_t verb)
{
	unsigned count = 0;

	for (unsigned i = 0; i < b->acts; i++)
		count += b->act[i].args.verb == verb;
	return count;
}

static void core_asks_for_an_account_only_by_a_name_it_could_have(void **state)
{
	struct bench *b = *state;

	breach_with(b, VERB_RESET, "alice");
	assert_int_equal(asked_for(b, VERB_RESET), 1);
	/* Not twice for one break-in, however often the attacker logs in. */
	win_by(b, "192.0.2.1", 201, "alice");
	assert_int_equal(asked_for(b, VERB_RESET), 1);
	breach_with(b, VERB_RESET, "an-account-name-of-more-than-thirty-two-letters");
	assert_int_equal(asked_for(b, VERB_RESET), 0);
	assert_non_null(strstr(b->log, "is no account name"));
	breach_with(b, VERB_LOGOUT, "-rf");
	assert_int_equal(asked_for(b, VERB_LOGOUT), 0);
	assert_non_null(strstr(b->log, "logout: '-rf' is no account name"));
	memcpy(b->settings.protect[b->settings.protect_count++], "carol", 6);
	breach_with(b, VERB_LOGOUT, "carol");
	assert_int_equal(asked_for(b, VERB_LOGOUT), 0);
	assert_non_null(strstr(b->log, "logout: 'carol' is protected; an order may do it"));
}

static void core_gives_up_a_reset_after_some_tries_and_says_so(void **state)
{
	struct bench *b = *state;
	unsigned answered = 0, tries = 0;
	bool told = false;

	breach_with(b, VERB_RESET, "alice");
	for (unsigned i = 0; i < 2000; i++) {
		for (; answered < b->acts; answered++) {
			const struct actor_act act = b->act[answered % KEPT];

			tries += act.args.verb == VERB_RESET;
			answer(b, &act, act.args.verb == VERB_RESET ? RECEIPT_FAILED : RECEIPT_DONE, ERR_BUSY);
		}
		wait_us(b, MINUTE_US);
		told = told || strstr(ask(b, "health", false), "1 decided steps failed for good");
	}
	assert_in_range(tries, 2, 40);
	assert_true(told);
	/* Some day it is no news any more. */
	wait_us(b, 25 * HOUR_US);
	assert_null(strstr(ask(b, "health", false), "failed for good"));
}

/* Much of everything, so that a state has all its parts. */
static void fill(struct bench *b)
{
	char addr[40], user[8];

	b->settings.trust_logs = true;
	b->settings.rules[RULE_BREACH].steps[1] = VERB_RESET;
	b->settings.rules[RULE_BREACH].steps[2] = VERB_LOGOUT;
	boot(b, 1);
	for (unsigned i = 0; i < 12; i++) {
		snprintf(addr, sizeof(addr), i & 1 ? "198.51.100.%u" : "2001:db8:%u::7", i + 1);
		brute_force(b, addr);
		line(b, "sshd[%u]: Invalid user u%u from %s port 4000", 500 + i, i, addr);
		line(b, "sshd[%u]: Connection from %s port 4000 on 192.0.2.200 port 22", 600 + i, addr);
		snprintf(user, sizeof(user), "u%u", i);
		win_by(b, addr, 700 + i, user);
	}
	for (unsigned i = 0; i < b->acts && i < 6; i++)
		answer(b, &b->act[i], i & 1 ? RECEIPT_DONE : RECEIPT_OBSERVED, ERR_OK);
	ban_told(b, "203.0.113.1", ORIGIN_ORDER, HOUR_US);
	ban_told(b, "203.0.113.2", ORIGIN_RULE, 2 * SECOND_US);
	line(b, "dropbear[900]: Child connection from 198.51.100.90:4000");
}

static void core_takes_up_a_state_of_any_age(void **state)
{
	static const int64_t away_us[] = {0,	   SECOND_US,	 10 * SECOND_US,    11 * MINUTE_US,
					  HOUR_US, 25 * HOUR_US, 400 * 24 * HOUR_US};
	static uint8_t copy[LONG];
	struct bench *b = *state;
	size_t whole;

	fill(b);
	save(b);
	memcpy(copy, b->saved, whole = b->saved_len);
	for (unsigned i = 0; i < sizeof(away_us) / sizeof(away_us[0]); i++)
		for (unsigned reboot = 0; reboot < 2; reboot++) {
			struct now was = b->now;
			bool kept;

			memcpy(b->saved, copy, b->saved_len = whole);
			restart(b, away_us[i], reboot);
			kept = strstr(ask(b, "bans", false), "addr=203.0.113.1") != NULL;
			assert_int_equal(kept, away_us[i] < HOUR_US);
			if (away_us[i] <= SECOND_US)
				assert_non_null(strstr(ask(b, "incidents", false), "src=198.51.100.2"));
			brute_force(b, "203.0.113.77");
			wait_us(b, MINUTE_US);
			b->now = was;
		}
	/* The wall clock was set back: nothing is younger than it was. */
	memcpy(b->saved, copy, b->saved_len = whole);
	restart(b, -HOUR_US, true);
	assert_non_null(strstr(ask(b, "bans", false), "addr=203.0.113.1"));
}

static bool answered(const char *reply)
{
	return strncmp(reply, "ok\t", 3) == 0 || strstr(reply, "\nok\t");
}

/* Bytes of a whole state turned, one after the other, under a fresh seal. */
static void core_survives_turned_bytes_of_a_state(void **state)
{
	static const uint8_t turns[] = {0xff, 0x01, 0x80};
	struct bench *b = *state;
	static uint8_t copy[LONG];

	b->limits = (struct core_limits){32, 8, 32, 16, 32, 1024, 65536, NULL, 0, 0, 0};
	fill(b);
	save(b);
	size_t whole = b->saved_len;

	memcpy(copy, b->saved, whole);
	for (size_t at = 24; at + 4 < whole; at += thorough_step(4)) {
		memcpy(b->saved, copy, whole);
		b->saved[at] ^= turns[at % 3];
		uint32_t crc = hash_crc32c(0, b->saved, whole - 4);

		for (unsigned i = 0; i < 4; i++)
			b->saved[whole - 4 + i] = (uint8_t)(crc >> (24 - 8 * i));
		b->saved_len = whole;
		restart(b, SECOND_US, at / 4 & 1);
		assert_null(strstr(b->log, "damaged"));
		assert_true(answered(ask(b, "bans", false)));
		assert_true(answered(ask(b, "incidents", false)));
		fail_by(b, "198.51.100.2", 4000, "root");
		save(b);
	}
}

/* More addresses than have room, and then a restart: what was seen last stays. */
static void core_keeps_what_was_last_when_tables_are_full(void **state)
{
	struct bench *b = *state;
	char addr[40];

	b->limits = (struct core_limits){16, 4, 16, 8, 16, 512, 32768, NULL, 0, 0, 0};
	boot(b, 1);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(addr, sizeof(addr), "198.51.%u.%u", i / 100 + 1, i % 100 + 1);
		brute_force(b, addr);
		for (unsigned n = 0; n < b->acts; n++)
			answer(b, &b->act[n % KEPT], RECEIPT_DONE, ERR_OK);
		b->acts = 0;
		wait_us(b, 2 * SECOND_US);
	}
	assert_non_null(strstr(ask(b, "incidents", false), "src=198.51.2.100"));
	save(b);
	restart(b, SECOND_US, false);
	assert_non_null(strstr(ask(b, "incidents", false), "src=198.51.2.100"));
}

/*
 * Failures on as many connections as a ban takes, with names of that length, as one source tells of them; `relay`: who
 * sent them to the syslog socket, 0: sshd itself.
 */
static unsigned bans_by_long_names(struct bench *b, uint16_t source, unsigned len, uint32_t relay)
{
	char name[1200], text[1400];
	time_t now = (time_t)(b->now.wall_us / SECOND_US);
	struct tm tm;
	size_t start = strftime(text, 64, "%Y-%m-%dT%H:%M:%S.000000+00:00 localhost ", gmtime_r(&now, &tm));

	memset(name, 'a', len);
	name[len] = '\0';
	b->acts = 0;
	for (unsigned i = 0; i < 5; i++) {
		snprintf(text + start, sizeof(text) - start,
			 "sshd[%u]: Failed password for invalid user %s from 198.51.100.31 port %u ssh2", len + i, name,
			 i + 1);
		feed(b, &(struct input){.kind = INPUT_LINE,
					.source = source,
					.writer = relay ? relay : len + i,
					.bytes = str_from(text)});
	}
	return b->acts;
}

/*
 * A log's daemon may have cut a long line before its address. journald cuts none, and the socket of sshd itself has
 * none; then only sshd cuts, at a kilobyte.
 */
static void bans_by_long_lines_of(struct bench *b, uint16_t source)
{
	if (!IS_ENABLED(CONFIG_SENSOR_SSHD))
		skip();
	assert_int_equal(bans_by_long_names(b, 0, 160, 0), 0);
	assert_int_equal(bans_by_long_names(b, CORE_SOURCE_JOURNAL, 1000, 0), 0);
	assert_int_equal(bans_by_long_names(b, CORE_SOURCE_SYSLOG, 1000, 0), 0);
	assert_int_equal(bans_by_long_names(b, CORE_SOURCE_SYSLOG, 160, 99), 0);
	assert_int_equal(bans_by_long_names(b, source, 160, 0), 1);
}

static void core_bans_by_long_lines_of_the_journal(void **state)
{
	bans_by_long_lines_of(*state, CORE_SOURCE_JOURNAL);
}

static void core_bans_by_long_lines_of_the_syslog_socket(void **state)
{
	bans_by_long_lines_of(*state, CORE_SOURCE_SYSLOG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(core_says_each_problem_of_the_actor_where_it_matters),
		TEST(core_lists_as_many_problems_as_have_room),
		TEST(core_tells_whose_a_ban_is_and_forgets_it_in_time),
		TEST(core_answers_only_so_many_at_once),
		TEST(core_passes_on_why_an_unban_failed),
		TEST(core_gives_many_incidents_in_pieces),
		TEST(core_never_bans_a_name_and_says_so),
		TEST(core_remembers_over_a_restart_who_was_banned),
		TEST(core_takes_receipts_of_any_content),
		TEST(core_asks_for_an_account_only_by_a_name_it_could_have),
		TEST(core_gives_up_a_reset_after_some_tries_and_says_so),
		TEST(core_takes_up_a_state_of_any_age),
		TEST(core_survives_turned_bytes_of_a_state),
		TEST(core_keeps_what_was_last_when_tables_are_full),
		TEST(core_bans_by_long_lines_of_the_journal),
		TEST(core_bans_by_long_lines_of_the_syslog_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
