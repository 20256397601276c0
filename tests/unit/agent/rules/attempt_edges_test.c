/* SPDX-License-Identifier: Apache-2.0 */
/* Which traces belong together at the edges: what has no address, number or name, comes late, or finds no room. */
#include "agent/rules/attempt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A                            \
	{                            \
		4, 32,               \
		{                    \
			192, 0, 2, 1 \
		}                    \
	}
#define WHILE (30 * SECOND_US)	 /* how long traces under different numbers are joined */
#define IDLE (180 * SECOND_US)	 /* after which a connection is over */
#define LATER (IDLE + SECOND_US) /* the next tick and more */

static const struct hash_key key = {11, 22};

struct bench {
	struct attempts attempts;
	void *memory;
	struct now now;
	uint32_t count;
	uint16_t source;
	bool vouch;
	struct attempt got;
};

static struct bench bench;

static int set_up(void **state)
{
	(void)state;
	bench = (struct bench){.now = {1000 * SECOND_US, 0}, .count = 1, .memory = malloc(attempt_size(64))};
	attempt_init(&bench.attempts, bench.memory, 64, key);
	return bench.memory == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	free(bench.memory);
	return 0;
}

static enum attempt_verdict feed(struct auth_event e)
{
	struct attempt_trace trace = {&e, bench.count, bench.source, bench.vouch, false, bench.now};

	return attempt_feed(&bench.attempts, &trace, &bench.got);
}

static enum attempt_verdict feed_later(int64_t later_us, struct auth_event e)
{
	bench.now.mono_us += later_us;
	return feed(e);
}

/* A line of sshd about root from the address A. */
static struct auth_event line(uint8_t outcome, uint8_t trace, uint32_t pid)
{
	return (struct auth_event){.service = SERVICE_SSHD,
				   .outcome = outcome,
				   .trace = trace,
				   .method = METHOD_PASSWORD,
				   .pid = pid,
				   .src = A,
				   .user = STR("root")};
}

static struct auth_event of_service(uint8_t service, struct auth_event e)
{
	e.service = service;
	return e;
}

static struct auth_event of_user(const char *name, struct auth_event e)
{
	e.user = str_from(name);
	return e;
}

static struct auth_event by_method(uint8_t method, struct auth_event e)
{
	e.method = method;
	return e;
}

static struct auth_event because(uint8_t reason, struct auth_event e)
{
	e.reason = reason;
	return e;
}

static struct auth_event from_nowhere(struct auth_event e)
{
	e.src = (struct addr){.family = 0};
	return e;
}

static struct auth_event from_host(const char *name, struct auth_event e)
{
	e.src = (struct addr){.family = 0};
	e.src_host = str_from(name);
	return e;
}

/* "Child connection from": the address, and nothing else yet. */
static struct auth_event begins(struct addr src, uint32_t pid)
{
	return (struct auth_event){.service = SERVICE_DROPBEAR, .outcome = AUTH_INFO, .pid = pid, .src = src};
}

static void attempt_without_address_has_its_connections(void **state)
{
	static const struct addr four = A, six = {6, 128, {0x20, 1, 0xd, 0xb8, [15] = 9}};
	struct auth_event fails = of_service(SERVICE_DROPBEAR, from_nowhere(line(AUTH_FAILURE, TRACE_DAEMON, 7)));

	(void)state;
	assert_int_equal(feed(begins(four, 7)), ATTEMPT_NONE);
	assert_int_equal(feed(fails), ATTEMPT_COUNTED);
	assert_true(addr_equal(&bench.got.src, &four));
	fails.pid = 8;
	assert_int_equal(feed(begins(six, 8)), ATTEMPT_NONE);
	assert_int_equal(feed(fails), ATTEMPT_COUNTED);
	assert_true(addr_equal(&bench.got.src, &six));
	/* The number of a process of another service says nothing. */
	assert_int_equal(feed(of_service(SERVICE_LOGIN, fails)), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.src.family, 0);
	/* Nor does one that ended long ago. */
	assert_int_equal(feed_later(LATER, fails), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.src.family, 0);
}

static void attempts_without_address_go_to_who_is_named_in_time(void **state)
{
	struct auth_event fails = of_service(SERVICE_DROPBEAR, from_nowhere(line(AUTH_FAILURE, TRACE_DAEMON, 7)));
	struct auth_event ends = because(REASON_DISCONNECT, line(AUTH_PROBE, TRACE_DAEMON, 7));

	(void)state;
	ends.service = SERVICE_DROPBEAR;
	feed(fails);
	assert_int_equal(feed(of_service(SERVICE_VSFTPD, ends)), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.class, ATTEMPT_PROBE);
	assert_int_equal(feed(ends), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.class, ATTEMPT_FAILURE);
	fails.pid = 8;
	feed(fails);
	fails.pid = 9; /* keeps the table looking for nameless ones */
	feed_later(LATER - SECOND_US / 2, fails);
	ends.pid = 8;
	assert_int_equal(feed_later(SECOND_US, ends), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.class, ATTEMPT_PROBE);
}

/* What a reverse look-up says may change within a connection: each name stands for itself. */
static void attempts_of_two_names_are_not_put_together(void **state)
{
	(void)state;
	assert_int_equal(feed(from_host("a.example", line(AUTH_FAILURE, TRACE_DAEMON, 7))), ATTEMPT_COUNTED);
	assert_int_equal(feed(from_host("b.example", line(AUTH_FAILURE, TRACE_ERROR, 7))), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.weight, 1);
	/* A name for what had none is its name, and an address for what had a name is its address. */
	feed(from_nowhere(line(AUTH_FAILURE, TRACE_DAEMON, 8)));
	assert_int_equal(feed(from_host("c.example", line(AUTH_FAILURE, TRACE_ERROR, 8))), ATTEMPT_COUNTED);
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_AUDIT, 8)), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.weight, 1);
}

static void attempts_that_clients_make_by_themselves_are_none(void **state)
{
	static const uint8_t methods[] = {METHOD_PUBLICKEY, METHOD_HOSTBASED, METHOD_GSSAPI};

	(void)state;
	for (unsigned i = 0; i < sizeof(methods); i++) {
		struct auth_event fails = by_method(methods[i], line(AUTH_FAILURE, TRACE_DAEMON, 7 + i));
		struct auth_event wins = by_method(methods[i], line(AUTH_SUCCESS, TRACE_DAEMON, 20 + i));

		assert_int_equal(feed(fails), ATTEMPT_NONE);
		/* Whoever names an account that does not exist has made one, with however many keys. */
		assert_int_equal(feed(because(REASON_UNKNOWN_USER, fails)), ATTEMPT_COUNTED);
		assert_int_equal(feed(because(REASON_UNKNOWN_USER, fails)), ATTEMPT_AGAIN);
		assert_int_equal(feed(wins), ATTEMPT_COUNTED);
		assert_int_equal(bench.got.class, ATTEMPT_KEY);
	}
	assert_int_equal(feed(line(AUTH_SUCCESS, TRACE_DAEMON, 30)), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.class, ATTEMPT_SUCCESS);
}

static void success_is_vouched_for_also_when_it_was_counted(void **state)
{
	struct auth_event key_wins = by_method(METHOD_PUBLICKEY, line(AUTH_SUCCESS, TRACE_DAEMON, 7));

	(void)state;
	assert_int_equal(feed(key_wins), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.vouched, 0);
	bench.vouch = true;
	bench.source = 0xfffe;
	assert_int_equal(feed(key_wins), ATTEMPT_AGAIN);
	assert_int_equal(bench.got.vouched, 1);
	assert_int_equal(bench.got.class, ATTEMPT_KEY);
}

static void success_under_two_numbers_is_one_of_the_same_user_only(void **state)
{
	struct auth_event audit = line(AUTH_SUCCESS, TRACE_AUDIT, 100);

	(void)state;
	feed(line(AUTH_FAILURE, TRACE_DAEMON, 7));
	/* This line leaves the name out; the connection's is known. */
	assert_int_equal(feed(of_user("", line(AUTH_SUCCESS, TRACE_DAEMON, 7))), ATTEMPT_COUNTED);
	assert_int_equal(feed(of_user("alice", audit)), ATTEMPT_COUNTED);
	audit.pid = 101;
	assert_int_equal(feed(audit), ATTEMPT_AGAIN);
	/* The same witness tells of another log-in. */
	assert_int_equal(feed(line(AUTH_SUCCESS, TRACE_DAEMON, 8)), ATTEMPT_COUNTED);
	audit.pid = 102;
	assert_int_equal(feed_later(WHILE + SECOND_US, audit), ATTEMPT_COUNTED);
}

static void verdict_is_not_taken_for_another_connections(void **state)
{
	(void)state;
	/* A password's verdict has the number of its PAM line, so this one is of another connection. */
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_PAM, 7)), ATTEMPT_REFUSED);
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_DAEMON, 8)), ATTEMPT_COUNTED);
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_DAEMON, 7)), ATTEMPT_COUNTED);
	/* Audit may see other numbers, and a line without a number has no other way to its connection. */
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_AUDIT, 100007)), ATTEMPT_AGAIN);
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_PAM, 8)), ATTEMPT_AGAIN);
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_PAM, 9)), ATTEMPT_REFUSED);
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_DAEMON, 0)), ATTEMPT_COUNTED);
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_ERROR, 9)), ATTEMPT_AGAIN);
}

static void names_that_say_nothing_are_no_users(void **state)
{
	static const char *const names[] = {"(unknown)", "?", ""};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct auth_event invalid = because(REASON_UNKNOWN_USER, line(AUTH_FAILURE, TRACE_USER, 7 + i));

		assert_int_equal(feed(of_user("bob", invalid)), ATTEMPT_COUNTED);
		assert_int_equal(feed(of_user(names[i], line(AUTH_FAILURE, TRACE_AUDIT, 100 + i))), ATTEMPT_AGAIN);
		assert_int_equal(feed(of_user("(x", line(AUTH_SUCCESS, TRACE_DAEMON, 200 + i))), ATTEMPT_COUNTED);
	}
	assert_int_equal(feed(of_user("root", line(AUTH_FAILURE, TRACE_AUDIT, 110))), ATTEMPT_COUNTED);
}

/* sshd's listener tells of its children since OpenSSH 9.8, and workers of web servers of all their clients. */
static void one_process_that_tells_of_many_is_no_conversation(void **state)
{
	struct auth_event late = because(REASON_DISCONNECT, line(AUTH_PROBE, TRACE_DAEMON, 600));
	struct auth_event refused = line(AUTH_FAILURE, TRACE_DAEMON, 12);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		late.conversation = 7101 + i;
		assert_int_equal(feed(late), ATTEMPT_COUNTED);
		assert_int_equal(feed(late), ATTEMPT_AGAIN);
	}
	/* The child has said before that its client failed. */
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_DAEMON, 8001)), ATTEMPT_COUNTED);
	late.conversation = 8001;
	assert_int_equal(feed(late), ATTEMPT_AGAIN);
	refused.shared = true;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(feed(refused), ATTEMPT_COUNTED);
}

static void probe_of_nobody_is_none_and_without_number_each_is_one(void **state)
{
	struct auth_event scan = because(REASON_NO_IDENT, line(AUTH_PROBE, TRACE_DAEMON, 0));
	struct auth_event drop = because(REASON_TOO_MANY, line(AUTH_PROBE, TRACE_DAEMON, 5));
	struct auth_event end = because(REASON_DISCONNECT, line(AUTH_PROBE, TRACE_ERROR, 0));

	(void)state;
	drop.shared = true;
	assert_int_equal(feed(from_nowhere(scan)), ATTEMPT_NONE);
	for (unsigned i = 0; i < 2; i++) {
		bench.count = 3;
		assert_int_equal(feed(scan), ATTEMPT_COUNTED);
		bench.count = 1;
		assert_int_equal(bench.got.weight, 3);
		/* The listener drops one connection after the other. */
		assert_int_equal(feed(drop), ATTEMPT_COUNTED);
		assert_int_equal(bench.got.class, ATTEMPT_PROBE);
	}
	assert_int_equal(feed(end), ATTEMPT_AGAIN);
}

static void probe_is_not_who_has_been_let_in_or_says_goodbye(void **state)
{
	struct auth_event end = because(REASON_DISCONNECT, line(AUTH_PROBE, TRACE_ERROR, 8));

	(void)state;
	feed(line(AUTH_SUCCESS, TRACE_DAEMON, 7));
	assert_int_equal(feed(because(REASON_PROTOCOL, line(AUTH_PROBE, TRACE_DAEMON, 7))), ATTEMPT_AGAIN);
	feed(of_service(SERVICE_SSHD, begins((struct addr)A, 8)));
	assert_int_equal(feed(end), ATTEMPT_AGAIN);
	/* With a complaint before it, it is one, once. */
	assert_int_equal(feed(because(REASON_PROTOCOL, from_nowhere(line(AUTH_PROBE, TRACE_DAEMON, 9)))), ATTEMPT_NONE);
	end.pid = 9;
	assert_int_equal(feed(end), ATTEMPT_COUNTED);
	assert_int_equal(bench.got.class, ATTEMPT_PROBE);
	assert_int_equal(feed(end), ATTEMPT_AGAIN);
}

static void success_forgives_its_user_and_the_nameless(void **state)
{
	struct auth_event fails = of_service(SERVICE_VSFTPD, line(AUTH_FAILURE, TRACE_PAM, 7));
	struct auth_event wins = of_service(SERVICE_VSFTPD, line(AUTH_SUCCESS, TRACE_DAEMON, 2));

	(void)state;
	feed(of_user("alice", fails));
	fails.pid = 8;
	feed(of_user("bob", fails));
	fails.pid = 9;
	feed(of_user("", fails));
	feed(of_user("alice", wins));
	assert_int_equal(bench.got.forgiven, 2);
	/* Who does not say his name may be anybody. */
	wins.pid = 3;
	feed(of_user("", wins));
	assert_int_equal(bench.got.forgiven, 1);
	/* From nowhere forgives nobody who came from somewhere. */
	fails.pid = 10;
	feed(fails);
	wins.pid = 4;
	feed(from_nowhere(wins));
	assert_int_equal(bench.got.forgiven, 0);
	/* It is no way to that success any more. */
	wins.pid = 5;
	feed_later(LATER, wins);
	assert_int_equal(bench.got.forgiven, 0);
}

static void session_forgives_what_was_refused_just_before(void **state)
{
	struct auth_event fails = of_service(SERVICE_OTHER, line(AUTH_FAILURE, TRACE_PAM, 7));
	struct auth_event opens = of_service(SERVICE_OTHER, line(AUTH_INFO, TRACE_PAM, 0));

	(void)state;
	opens.granted = true;
	feed(fails);
	feed(opens);
	assert_int_equal(bench.got.forgiven, 0);
	opens.pid = 7;
	feed(opens);
	assert_int_equal(bench.got.forgiven, 1);
	feed(fails);
	feed_later(LATER, opens);
	assert_int_equal(bench.got.forgiven, 0);
}

static void room_of_the_idle_is_free_and_they_are_not_saved(void **state)
{
	uint8_t bytes[64 * ATTEMPT_SAVED];

	(void)state;
	for (uint32_t round = 0; round < 2; round++) {
		struct buf all = buf_over(bytes, sizeof(bytes)), some = buf_over(bytes, 10 * ATTEMPT_SAVED + 1);
		struct buf none = buf_over(bytes, sizeof(bytes));

		for (uint32_t pid = 1; pid <= 64; pid++)
			assert_int_equal(feed(line(AUTH_FAILURE, TRACE_DAEMON, round * 100 + pid)), ATTEMPT_COUNTED);
		assert_int_equal(attempt_save(&bench.attempts, &all, bench.now), 0);
		assert_int_equal(all.len, 64 * ATTEMPT_SAVED);
		assert_int_equal(attempt_save(&bench.attempts, &some, bench.now), 54);
		assert_int_equal(bench.attempts.evicted, 0);
		bench.now.mono_us += LATER;
		assert_int_equal(attempt_save(&bench.attempts, &none, bench.now), 0);
		assert_int_equal(none.len, 0);
	}
	/* The number of an idle one is free again: this is nobody's second trace. */
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_PAM, 101)), ATTEMPT_REFUSED);
}

/* Ten kinds of trace of one connection are told apart; what comes on top of them adds nothing. */
static void witness_without_room_claims_nothing(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 14; i++) {
		bench.source = i;
		assert_int_equal(feed(line(AUTH_FAILURE, TRACE_DAEMON, 7)), i ? ATTEMPT_AGAIN : ATTEMPT_COUNTED);
	}
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(feed(line(AUTH_FAILURE, TRACE_DAEMON, 7)), ATTEMPT_AGAIN);
	bench.source = 0;
	assert_int_equal(feed(line(AUTH_FAILURE, TRACE_DAEMON, 7)), ATTEMPT_COUNTED);
}

static void stack_that_was_mixed_long_ago_is_not_restored(void **state)
{
	struct attempt_stacks before = {.unix_alone = false}, after = before;
	struct now now = {ATTEMPT_STACK_MIXED_US * 2, 0};
	uint8_t bytes[ATTEMPT_STACK_SAVED];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct view v;

	(void)state;
	attempt_stack_mixed(&before, SERVICE_SSHD, (struct now){SECOND_US, 0});
	attempt_stack_save(&before, &b, now);
	v = view_over(bytes, b.len);
	attempt_stack_restore(&after, &v, 0, now);
	for (unsigned i = 0; i < ATTEMPT_STACK_PROOFS; i++) {
		assert_false(attempt_stack_alone(&after, SERVICE_SSHD));
		attempt_stack_failed(&after, SERVICE_SSHD, now);
	}
	assert_true(attempt_stack_alone(&after, SERVICE_SSHD));
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(attempt_without_address_has_its_connections),
		ON_BENCH(attempts_without_address_go_to_who_is_named_in_time),
		ON_BENCH(attempts_of_two_names_are_not_put_together),
		ON_BENCH(attempts_that_clients_make_by_themselves_are_none),
		ON_BENCH(success_is_vouched_for_also_when_it_was_counted),
		ON_BENCH(success_under_two_numbers_is_one_of_the_same_user_only),
		ON_BENCH(verdict_is_not_taken_for_another_connections),
		ON_BENCH(names_that_say_nothing_are_no_users),
		ON_BENCH(one_process_that_tells_of_many_is_no_conversation),
		ON_BENCH(probe_of_nobody_is_none_and_without_number_each_is_one),
		ON_BENCH(probe_is_not_who_has_been_let_in_or_says_goodbye),
		ON_BENCH(success_forgives_its_user_and_the_nameless),
		ON_BENCH(session_forgives_what_was_refused_just_before),
		ON_BENCH(room_of_the_idle_is_free_and_they_are_not_saved),
		ON_BENCH(witness_without_room_claims_nothing),
		cmocka_unit_test(stack_that_was_mixed_long_ago_is_not_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
