/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts are counted once: hand-made sequences, a recorded attack, and a model of sshd with many connections. */
#include "agent/rules/attempt.h"
#include "agent/sensors/log/sensor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key key = {11, 22};

struct bench {
	struct attempts attempts;
	void *memory;
	struct now now;
	unsigned failures, successes, probes, vouched, forgiven, early, cancelled;
	bool vouch; /* what comes now is vouched */
	bool late;  /* what comes now was written before the pause */
	uint16_t source;
};

static void bench_begin(struct bench *b, uint32_t connections)
{
	*b = (struct bench){.now = {1000 * SECOND_US, 0}};
	b->memory = malloc(attempt_size(connections));
	attempt_init(&b->attempts, b->memory, connections, key);
}

static void bench_event(struct bench *b, const struct auth_event *e, uint16_t source)
{
	struct attempt a;

	struct attempt_trace trace = {e, e->repeats ? e->repeats : 1, source, b->vouch, b->late, b->now};
	enum attempt_verdict verdict = attempt_feed(&b->attempts, &trace, &a);

	b->vouched += a.class == ATTEMPT_FAILURE ? a.vouched : 0;
	b->forgiven += a.forgiven;
	b->cancelled += a.cancelled;
	b->early += verdict == ATTEMPT_REFUSED && a.early;
	if (verdict != ATTEMPT_COUNTED)
		return;
	if (a.src.family == 0 && a.host.len == 0)
		return; /* nobody is blamed */
	if (a.class == ATTEMPT_FAILURE)
		b->failures += a.weight;
	else if (a.class == ATTEMPT_PROBE || a.class == ATTEMPT_LOOK)
		b->probes += a.weight;
	else
		b->successes += a.weight;
}

static void bench_line(struct bench *b, int64_t later_us, const char *line)
{
	struct event e;

	b->now.mono_us += later_us;
	if (sensor_decode(str_from(line), &e))
		bench_event(b, &e.auth, b->source);
}

#define SSHD(pid, text) "Nov 22 12:30:58 device sshd[" #pid "]: " text
#define PAM_FAIL "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1"

static void check(struct bench *b, const char *const *lines, unsigned failures)
{
	bench_begin(b, 128);
	for (; *lines; lines++)
		bench_line(b, 500 * MS_US, *lines);
	assert_int_equal(b->failures, failures);
	free(b->memory);
}

static void attempt_with_pam_and_password_counts_each_try_once(void **state)
{
	static const char *const lines[] = {
		SSHD(7, PAM_FAIL "  user=root"),
		SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(7, "Connection closed by authenticating user root 192.0.2.1 port 4000 [preauth]"),
		SSHD(7, "PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, lines, 3);
}

static void attempt_on_unknown_user_counts_once(void **state)
{
	static const char *const lines[] = {
		SSHD(7, "Invalid user bob from 192.0.2.1 port 4000"),
		SSHD(7, "pam_unix(sshd:auth): check pass; user unknown"),
		SSHD(7, PAM_FAIL " "),
		SSHD(7, "Failed password for invalid user bob from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, lines, 1);
}

static void attempt_with_keyboard_children_counts_each_try_once(void **state)
{
	static const char *const lines[] = {
		SSHD(71, PAM_FAIL "  user=root"),
		SSHD(70, "error: PAM: Authentication failure for root from 192.0.2.1"),
		SSHD(70, "Failed keyboard-interactive/pam for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(72, PAM_FAIL "  user=root"),
		SSHD(70, "error: PAM: Authentication failure for root from 192.0.2.1"),
		SSHD(70, "Failed keyboard-interactive/pam for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(75, "Invalid user bob from 192.0.2.1 port 4001"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, lines, 3);
}

static void attempt_by_keys_is_none_until_there_are_too_many(void **state)
{
	static const char *const keys[] = {
		SSHD(7, "Failed publickey for root from 192.0.2.1 port 4000 ssh2: RSA SHA256:abcdefghijk"),
		SSHD(7, "Failed publickey for root from 192.0.2.1 port 4000 ssh2: RSA SHA256:bbcdefghijk"),
		NULL,
	};
	static const char *const too_many[] = {
		SSHD(7, "Failed publickey for root from 192.0.2.1 port 4000 ssh2: RSA SHA256:abcdefghijk"),
		SSHD(7, "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	static const char *const counted_before[] = {
		SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(7, "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, keys, 0);
	check(&b, too_many, 1);
	check(&b, counted_before, 1);
}

static void attempt_said_to_be_repeated_counts_as_often(void **state)
{
	static const char *const lines[] = {
		SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(7, "message repeated 4 times: [ Failed password for root from 192.0.2.1 port 4000 ssh2]"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, lines, 5);
}

static void attempt_of_a_dropped_connection_swallows_nobody_elses(void **state)
{
	static const char *const lines[] = {
		SSHD(7, PAM_FAIL "  user=root"),
		SSHD(7, "Connection closed by authenticating user root 192.0.2.1 port 4000 [preauth]"),
		SSHD(8, PAM_FAIL "  user=root"),
		SSHD(8, "Failed password for root from 192.0.2.1 port 4001 ssh2"),
		SSHD(8, "Failed password for root from 192.0.2.1 port 4001 ssh2"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, lines, 3);
}

static void attempt_without_pid_is_matched_by_src(void **state)
{
	struct auth_event e = {.service = SERVICE_VSFTPD, .outcome = AUTH_FAILURE, .src = {4, 32, {192, 0, 2, 1}}};
	struct bench b;

	(void)state;
	bench_begin(&b, 128);
	for (unsigned i = 0; i < 5; i++) {
		e.trace = TRACE_PAM;
		e.pid = 100 + i;
		bench_event(&b, &e, 0);
		b.now.mono_us += SECOND_US;
		e.trace = TRACE_DAEMON;
		e.pid = 0;
		bench_event(&b, &e, 1);
	}
	assert_int_equal(b.failures, 5);
	free(b.memory);
}

static void attempt_succeeds_once_whoever_tells(void **state)
{
	struct bench b;

	(void)state;
	bench_begin(&b, 128);
	bench_line(&b, 0, SSHD(7, "Accepted password for root from 192.0.2.1 port 4000 ssh2"));
	bench_line(&b, 0, SSHD(7, "pam_unix(sshd:session): session opened for user root(uid=0) by (uid=0)"));
	assert_int_equal(b.successes, 1);
	struct auth_event audit = {.service = SERVICE_SSHD,
				   .outcome = AUTH_SUCCESS,
				   .trace = TRACE_AUDIT,
				   .pid = 9,
				   .src = {4, 32, {192, 0, 2, 1}},
				   .user = STR("root")};

	bench_event(&b, &audit, 1);
	assert_int_equal(b.successes, 1);
	free(b.memory);
}

static void probe_counts_once_a_connection_and_not_beside_an_attempt(void **state)
{
	struct bench b;

	(void)state;
	bench_begin(&b, 128);
	bench_line(&b, 0, SSHD(7, "Connection closed by 192.0.2.1 port 4000 [preauth]"));
	bench_line(&b, 0, SSHD(7, "Disconnected from 192.0.2.1 port 4000 [preauth]"));
	assert_int_equal(b.probes, 1);
	bench_line(&b, 0, SSHD(8, "Failed password for root from 192.0.2.1 port 4000 ssh2"));
	bench_line(&b, 0, SSHD(8, "Connection closed by 192.0.2.1 port 4000 [preauth]"));
	assert_int_equal(b.probes, 1);
	free(b.memory);
}

#define DROPBEAR(pid, text) "Nov 22 12:30:58 device dropbear[" #pid "]: " text

/* dropbear 2020 to 2022 leaves the address out where the user does not exist. */
static void attempt_without_src_is_put_to_its_connection(void **state)
{
	static const char *const known[] = {
		DROPBEAR(7, "Child connection from 192.0.2.1:4000"),
		DROPBEAR(7, "Login attempt for nonexistent user"),
		NULL,
	};
	static const char *const told_later[] = {
		DROPBEAR(7, "Login attempt for nonexistent user"),
		DROPBEAR(7, "Exit before auth from <192.0.2.1:4000>: Max auth tries reached - user 'is invalid'"),
		DROPBEAR(8, "Login attempt for nonexistent user"),
		DROPBEAR(8, "Exit before auth from <192.0.2.1:4001>: Exited normally"),
		NULL,
	};
	static const char *const told_twice[] = {
		DROPBEAR(7, "Child connection from 192.0.2.1:4000"),
		DROPBEAR(7, "Login attempt for nonexistent user"),
		DROPBEAR(7, "Exit before auth from <192.0.2.1:4000>: Max auth tries reached - user 'is invalid'"),
		NULL,
	};
	static const char *const with_pam[] = {
		DROPBEAR(7, "Child connection from ::ffff:192.0.2.1:4000"),
		DROPBEAR(7, "Login attempt for nonexistent user"),
		DROPBEAR(7, "pam_unix(dropbear:auth): check pass; user unknown"),
		DROPBEAR(7, "pam_unix(dropbear:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
			    "rhost=::ffff:192.0.2.1"),
		DROPBEAR(7, "Bad PAM password attempt for '<invalid username>' from ::ffff:192.0.2.1:4000"),
		DROPBEAR(7, "Exit before auth from <::ffff:192.0.2.1:4000>: Timeout before auth"),
		NULL,
	};
	static const char *const somebody_elses[] = {
		DROPBEAR(7, "Login attempt for nonexistent user"),
		DROPBEAR(8, "Exit before auth from <192.0.2.1:4000>: Exited normally"),
		NULL,
	};
	static const char *const locked[] = {
		SSHD(7, "User root not allowed because account is locked"),
		SSHD(7, PAM_FAIL "  user=root"),
		SSHD(7, "Failed password for invalid user root from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	static const char *const locked_keyboard[] = {
		SSHD(7, "User root not allowed because account is locked"),
		SSHD(71, PAM_FAIL "  user=root"),
		SSHD(7, "error: PAM: Authentication failure for illegal user root from 192.0.2.1"),
		SSHD(7, "Failed keyboard-interactive/pam for invalid user root from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, known, 1);
	check(&b, told_later, 2);
	check(&b, told_twice, 1);
	check(&b, with_pam, 1);
	check(&b, somebody_elses, 0);
	check(&b, locked, 1);
	check(&b, locked_keyboard, 1);
}

static void attempt_by_name_is_put_to_the_address_of_its_pid(void **state)
{
	static const char *const lines[] = {
		SSHD(7, "Invalid user bob from 192.0.2.1"),
		SSHD(7, "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
			"rhost=host.example.net "),
		SSHD(7, "Failed password for invalid user bob from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, lines, 1);
}

static unsigned probes_of(const char *const *lines)
{
	struct bench b;

	bench_begin(&b, 128);
	for (; *lines; lines++)
		bench_line(&b, 500 * MS_US, *lines);
	free(b.memory);
	return b.probes;
}

/* sshd 7.2 to 7.5 ends sessions as later ones end connections that never said anything. */
static void probe_is_not_the_end_of_a_session(void **state)
{
	static const char *const session[] = {
		SSHD(7, "Accepted password for mia from 192.0.2.1 port 4000 ssh2"),
		SSHD(9, "Connection closed by 192.0.2.1 port 4000"),
		SSHD(10, "Received disconnect from 192.0.2.1 port 4001:11: disconnected by user"),
		SSHD(10, "Disconnected from 192.0.2.1 port 4001"),
		SSHD(11, "Connection reset by 192.0.2.1 port 4002"),
		NULL,
	};
	static const char *const scan[] = {
		SSHD(7, "error: kex_exchange_identification: client sent invalid protocol identifier \"GET\""),
		SSHD(7, "Connection closed by 192.0.2.1 port 4000"),
		SSHD(8, "Connection from 192.0.2.1 port 4001 on 192.0.2.9 port 22"),
		SSHD(8, "error: kex_exchange_identification: banner line contains invalid characters"),
		SSHD(8, "Connection closed by 192.0.2.1 port 4001"),
		SSHD(9, "Bad packet length 1349676916. [preauth]"),
		SSHD(9, "Connection closed by 192.0.2.1 port 4002 [preauth]"),
		NULL,
	};

	(void)state;
	assert_int_equal(probes_of(session), 0);
	assert_int_equal(probes_of(scan), 3);
}

/* A monitor or a load balancer looks whether the service is there. */
static void probe_is_not_who_comes_and_goes(void **state)
{
	static const char *const lines[] = {
		SSHD(7, "error: kex_exchange_identification: Connection closed by remote host"),
		SSHD(7, "Connection closed by 192.0.2.1 port 4000"),
		SSHD(8, "error: kex_exchange_identification: read: Connection reset by peer"),
		SSHD(8, "Connection reset by 192.0.2.1 port 4001"),
		SSHD(9, "Connection closed by 192.0.2.1 port 4002 [preauth]"),
		SSHD(10, "Connection closed by 192.0.2.1 [preauth]"),
		SSHD(11, "Did not receive identification string from 192.0.2.1 port 4003"),
		"Nov 22 12:30:58 device sshd-session[12]: Connection closed by 192.0.2.1 port 4004",
		DROPBEAR(13, "Child connection from 192.0.2.1:4005"),
		DROPBEAR(13, "Exit before auth from <192.0.2.1:4005>: Exited normally"),
		"192.0.2.1 - - [22/Nov/2026:11:58:01 +0000] \"GET / HTTP/1.1\" 401 179",
		NULL,
	};

	(void)state;
	assert_int_equal(probes_of(lines), 0);
}

/* What a server without passwords says of somebody who tries them. */
static void probe_is_who_gives_up_after_naming_a_user(void **state)
{
	static const char *const lines[] = {
		SSHD(7, "Connection closed by authenticating user root 192.0.2.1 port 4000 [preauth]"),
		DROPBEAR(8, "Child connection from 192.0.2.1:4001"),
		DROPBEAR(8, "Exit before auth (user 'root', 1 fails): Exited normally"),
		DROPBEAR(9, "Exit before auth from <192.0.2.1:4002>: (user 'root', 1 fails): Exited normally"),
		NULL,
	};

	(void)state;
	assert_int_equal(probes_of(lines), 3);
}

static void attempts_of_a_recorded_attack_are_all_there(void **state)
{
	static const char *const files[] = {
		"tests/corpus/sshd/real-hydra-pam.log",
		"tests/corpus/sshd/real-hydra-pam-classic.log",
		"tests/corpus/sshd/real-hydra-pam-busybox.log",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *f = fopen(files[i], "r");
		char line[4096];
		struct bench b;

		assert_non_null(f);
		bench_begin(&b, 512);
		while (fgets(line, sizeof(line), f)) {
			line[strcspn(line, "\n")] = '\0';
			bench_line(&b, 100 * MS_US, line);
		}
		fclose(f);
		/* By hand: the largest number of lines of one kind with each pid. */
		assert_int_equal(b.failures, 34);
		assert_int_equal(b.successes, 2);
		assert_int_equal(b.probes, 3);
		free(b.memory);
	}
}

/* A model of sshd: many connections at once, each with several tries, each try with its traces at their times. */

enum { TRACES_MAX = 4096, NAMES = 3 };

struct trace {
	int64_t at_us;
	unsigned order;
	struct auth_event event;
	uint16_t source;
};

struct model {
	unsigned seed;
	bool keyboard, audit, audit_first, other_namespace, two_files, drop;
	unsigned srcs, connections;
	struct trace traces[TRACES_MAX];
	unsigned trace_count;
	uint32_t next_pid;
	unsigned truth;
};

static unsigned draw(struct model *m, unsigned below)
{
	m->seed = m->seed * 1103515245u + 12345u;
	return (m->seed >> 16) % below;
}

static void put(struct model *m, int64_t at_us, struct auth_event e)
{
	for (uint16_t source = 0; source < (m->two_files && e.trace != TRACE_AUDIT ? 2 : 1); source++) {
		struct trace *t = &m->traces[m->trace_count];

		assert_true(m->trace_count < TRACES_MAX);
		t->event = e;
		t->source = e.trace == TRACE_AUDIT ? 0xfffd : source;
		t->at_us = at_us + source * draw(m, 200) * MS_US;
		t->order = m->trace_count++;
	}
}

/* One try; `at_us` is when the password arrives. Returns when the verdict is out. */
static int64_t one_try(struct model *m, struct auth_event e, uint32_t monitor, int64_t at_us, bool first)
{
	uint32_t worker = m->keyboard ? ++m->next_pid : monitor;
	int64_t verdict_us = at_us + 2 * SECOND_US + (int64_t)draw(m, 1000) * MS_US;
	bool unknown = e.reason == REASON_UNKNOWN_USER;
	struct auth_event t = e;

	if (first || m->keyboard) {
		t.trace = TRACE_PAM;
		t.pid = worker;
		if (unknown)
			t.user = STR_NONE;
		put(m, at_us, t);
	}
	if (m->audit) {
		t = e;
		t.trace = TRACE_AUDIT;
		t.pid = worker + (m->other_namespace ? 100000 : 0);
		put(m, at_us + (m->audit_first ? -1 : 1) * (int64_t)draw(m, 30) * 100, t);
	}
	if (m->drop && draw(m, 4) == 0) {
		/* Its end is a verdict on what PAM refused under the same number; else audit must have seen it. */
		m->truth += m->audit || (first && (unknown || !m->keyboard));
		t = e;
		t.trace = TRACE_DAEMON;
		t.outcome = AUTH_PROBE;
		t.reason = REASON_DISCONNECT;
		t.pid = monitor;
		put(m, at_us + SECOND_US, t);
		return INT64_MAX;
	}
	m->truth++;
	t = e;
	t.pid = monitor;
	if (m->keyboard) {
		t.trace = TRACE_ERROR;
		put(m, verdict_us, t);
	}
	t.trace = TRACE_DAEMON;
	t.method = m->keyboard ? METHOD_KEYBOARD : METHOD_PASSWORD;
	put(m, verdict_us + 10, t);
	return verdict_us + (int64_t)(100 + draw(m, 900)) * MS_US;
}

static void one_connection(struct model *m)
{
	static const char *const names[NAMES] = {"root", "admin", "nobody-such"};
	unsigned name = draw(m, NAMES), tries = 1 + draw(m, 5);
	uint32_t monitor = ++m->next_pid;
	int64_t at_us = (int64_t)draw(m, 20000) * MS_US;
	struct auth_event e = {
		.service = SERVICE_SSHD,
		.outcome = AUTH_FAILURE,
		.user = str_from(names[name]),
		.reason = name == 2 ? REASON_UNKNOWN_USER : REASON_BAD_CREDENTIAL,
		.src = {4, 32, {192, 0, 2, (uint8_t)(1 + draw(m, m->srcs))}},
	};

	if (name == 2) {
		struct auth_event t = e;

		t.trace = TRACE_USER;
		t.pid = monitor;
		put(m, at_us, t);
		at_us += 10 * MS_US;
	}
	for (unsigned i = 0; i < tries && at_us < INT64_MAX; i++)
		at_us = one_try(m, e, monitor, at_us, i == 0);
}

static int by_time(const void *a, const void *b)
{
	const struct trace *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static int miscounted(struct model *m, unsigned seed)
{
	struct bench b;

	m->seed = seed;
	m->trace_count = m->truth = 0;
	m->next_pid = 1000;
	for (unsigned i = 0; i < m->connections; i++)
		one_connection(m);
	qsort(m->traces, m->trace_count, sizeof(m->traces[0]), by_time);
	bench_begin(&b, 1024);
	for (unsigned i = 0; i < m->trace_count; i++) {
		b.now.mono_us = 1000 * SECOND_US + m->traces[i].at_us;
		bench_event(&b, &m->traces[i].event, m->traces[i].source);
	}
	free(b.memory);
	return (int)b.failures - (int)m->truth;
}

static void attempts_of_many_connections_are_counted_exactly(void **state)
{
	static struct model m;

	(void)state;
	for (unsigned kind = 0; kind < 32; kind++) {
		for (unsigned seed = 1; seed <= 40; seed++) {
			unsigned at_once[] = {1, 4, 16, 40};
			int wrong;

			m.keyboard = kind & 1;
			m.audit = kind & 2;
			m.audit_first = kind & 4;
			m.two_files = kind & 8;
			m.drop = kind & 16;
			m.connections = at_once[seed % 4];
			m.srcs = 1 + seed % 3;
			wrong = miscounted(&m, seed * 977 + kind);
			/*
			 * A refusal by a child of keyboard-interactive whose client hung up stays without verdict, and
			 * may be taken for another's. That costs a count now and then; it never makes one.
			 */
			if (m.keyboard && m.drop && !m.audit && wrong < 0 && -wrong <= (int)m.truth / 10 + 1)
				wrong = 0;
			if (wrong)
				fail_msg("kind %u seed %u: %d of %u", kind, seed, wrong, m.truth);
		}
	}
}

static void attempts_beside_audit_of_another_namespace_are_counted_exactly(void **state)
{
	static struct model m;

	(void)state;
	for (unsigned kind = 0; kind < 8; kind++) {
		for (unsigned seed = 1; seed <= 40; seed++) {
			int wrong;

			m.keyboard = kind & 1;
			m.audit = m.other_namespace = true;
			m.audit_first = kind & 2;
			m.drop = kind & 4;
			m.connections = 1 + seed % 8;
			m.srcs = 1;
			wrong = miscounted(&m, seed * 977 + kind);
			if (wrong)
				fail_msg("kind %u seed %u: %d of %u", kind, seed, wrong, m.truth);
		}
	}
}

/* pam_unix refuses every user of a directory, before another module lets him in. */
static void refusal_is_forgiven_by_the_success_behind_it(void **state)
{
	static const char *const sss[] = {
		SSHD(7, PAM_FAIL "  user=alice"),
		SSHD(7, "pam_sss(sshd:auth): authentication success; logname= uid=0 euid=0 tty=ssh ruser= "
			"rhost=192.0.2.1 user=alice"),
		SSHD(7, "Accepted password for alice from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	static const char *const silent_module[] = {
		SSHD(7, PAM_FAIL "  user=alice"),
		SSHD(7, "Accepted password for alice from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	static const char *const unknown_to_unix[] = {
		SSHD(7, "pam_unix(sshd:auth): check pass; user unknown"),
		SSHD(7, PAM_FAIL " "),
		SSHD(7, "Accepted password for alice from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	static const char *const keyboard[] = {
		SSHD(71, PAM_FAIL "  user=alice"),
		SSHD(7, "Accepted keyboard-interactive/pam for alice from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	static const char *const several_modules[] = {
		SSHD(7, PAM_FAIL "  user=alice"),
		SSHD(7, "pam_krb5(sshd:auth): authentication failure; logname=alice uid=0 euid=0 tty=ssh ruser= "
			"rhost=192.0.2.1"),
		SSHD(7, "pam_ldap(sshd:auth): Authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
			"rhost=192.0.2.1 user=alice"),
		SSHD(7, "Accepted password for alice from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	static const char *const dropbear[] = {
		DROPBEAR(7, "pam_unix(dropbear:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
			    "rhost=192.0.2.1  user=alice"),
		DROPBEAR(7, "PAM password auth succeeded for 'alice' from 192.0.2.1:4000"),
		NULL,
	};
	static const char *const no_verdict[] = {
		"Nov 22 12:30:58 device cockpit[7]: pam_unix(cockpit:auth): authentication failure; logname= uid=0 "
		"euid=0 tty= ruser= rhost=192.0.2.1  user=alice",
		"Nov 22 12:30:58 device cockpit[7]: pam_unix(cockpit:session): session opened for user alice(uid=9) by "
		"(uid=0)",
		NULL,
	};
	static const char *const *const all[] = {
		sss, silent_module, unknown_to_unix, keyboard, several_modules, dropbear, no_verdict,
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct bench b;

		bench_begin(&b, 128);
		for (const char *const *line = all[i]; *line; line++)
			bench_line(&b, 500 * MS_US, *line);
		assert_int_equal(b.failures, 0);
		assert_int_equal(b.probes, 0);
		assert_true(b.forgiven >= 1);
		assert_int_equal(b.early, 0);
		free(b.memory);
	}
}

static void refusal_of_an_ftp_server_is_joined_with_its_success(void **state)
{
	struct auth_event e = {.service = SERVICE_VSFTPD,
			       .outcome = AUTH_FAILURE,
			       .src = {4, 32, {192, 0, 2, 1}},
			       .trace = TRACE_PAM,
			       .pid = 7,
			       .user = STR("alice")};
	struct bench b;

	(void)state;
	bench_begin(&b, 128);
	bench_event(&b, &e, 0);
	e.outcome = AUTH_SUCCESS;
	e.trace = TRACE_DAEMON;
	e.pid = 2;
	bench_event(&b, &e, 1);
	assert_int_equal(b.forgiven, 1);
	assert_int_equal(b.failures, 0);
	free(b.memory);
}

/* Somebody who comes in does not wipe out what the same try has failed at before, nor another's tries. */
static void success_forgives_no_verdicts(void **state)
{
	static const char *const lines[] = {
		SSHD(7, PAM_FAIL "  user=alice"),
		SSHD(7, "Failed password for alice from 192.0.2.1 port 4000 ssh2"),
		SSHD(8, PAM_FAIL "  user=root"),
		SSHD(7, "Accepted password for alice from 192.0.2.1 port 4000 ssh2"),
		SSHD(8, "Failed password for root from 192.0.2.1 port 4001 ssh2"),
		SSHD(9, PAM_FAIL "  user=alice"), /* goes on while 10 comes in */
		SSHD(10, "Accepted password for alice from 192.0.2.1 port 4002 ssh2"),
		SSHD(9, "Failed password for alice from 192.0.2.1 port 4003 ssh2"),
		NULL,
	};
	struct bench b;

	(void)state;
	check(&b, lines, 3);
	assert_int_equal(b.successes, 2);
}

#define TRIES_FAIL(pid) \
	SSHD(pid, PAM_FAIL "  user=root"), SSHD(pid, "Failed password for root from 192.0.2.1 port 1 ssh2")

/* Whether a refusal behind these lines may have a ban before its verdict. */
static bool early_after(const char *const *lines)
{
	struct bench b;
	unsigned before;

	bench_begin(&b, 128);
	for (; *lines; lines++)
		bench_line(&b, 500 * MS_US, *lines);
	before = b.early;
	bench_line(&b, 0, SSHD(99, PAM_FAIL "  user=root"));
	free(b.memory);
	return b.early > before;
}

static void refusal_counts_early_where_pam_unix_is_known_to_be_alone(void **state)
{
	static const char *const nothing[] = {NULL};
	static const char *const two[] = {TRIES_FAIL(1), TRIES_FAIL(2), NULL};
	static const char *const three[] = {TRIES_FAIL(1), TRIES_FAIL(2), TRIES_FAIL(3), NULL};
	static const char *const without_pam[] = {
		SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(8, "Failed password for root from 192.0.2.1 port 4000 ssh2"),
		SSHD(9, "Failed password for root from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};
	static const char *const one_got_in[] = {
		TRIES_FAIL(1),
		TRIES_FAIL(2),
		TRIES_FAIL(3),
		SSHD(4, PAM_FAIL "  user=alice"),
		SSHD(4, "Accepted password for alice from 192.0.2.1 port 4000 ssh2"),
		TRIES_FAIL(5),
		TRIES_FAIL(6),
		TRIES_FAIL(8),
		TRIES_FAIL(9),
		NULL,
	};
	static const char *const another_module[] = {
		TRIES_FAIL(1),
		TRIES_FAIL(2),
		TRIES_FAIL(3),
		SSHD(4, PAM_FAIL "  user=alice"),
		SSHD(4, "pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
			"rhost=192.0.2.1 user=alice"),
		NULL,
	};
	static const char *const right_at_once[] = {
		TRIES_FAIL(1), TRIES_FAIL(2),
		TRIES_FAIL(3), SSHD(7, "Accepted password for root from 192.0.2.1 port 4000 ssh2"),
		NULL,
	};

	(void)state;
	assert_false(early_after(nothing));
	assert_false(early_after(two));
	assert_true(early_after(three));
	assert_false(early_after(without_pam));
	assert_false(early_after(one_got_in));
	assert_false(early_after(another_module));
	assert_true(early_after(right_at_once));
}

static void refusal_is_a_failure_by_the_settings(void **state)
{
	struct bench b;

	(void)state;
	bench_begin(&b, 128);
	b.attempts.stacks.unix_alone = true;
	bench_line(&b, 0, SSHD(7, PAM_FAIL "  user=root"));
	assert_int_equal(b.failures, 1);
	bench_line(&b, 0, SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"));
	assert_int_equal(b.failures, 1);
	free(b.memory);
}

static void stacks_survive_save_and_restore(void **state)
{
	struct attempt_stacks s = {.unix_alone = false}, again = s;
	struct now now = {1000 * SECOND_US, 0}, then = {5 * SECOND_US, 0};
	uint8_t bytes[SERVICE_MAX * ATTEMPT_STACK_SAVED];
	struct buf b = buf_over(bytes, sizeof(bytes));

	(void)state;
	for (unsigned i = 0; i < 9; i++)
		attempt_stack_failed(&s, SERVICE_SSHD, now);
	attempt_stack_mixed(&s, SERVICE_VSFTPD, now);
	attempt_stack_save(&s, &b, now);
	assert_int_equal(b.len, 2 * ATTEMPT_STACK_SAVED);
	struct view v = view_over(bytes, b.len);

	attempt_stack_restore(&again, &v, SECOND_US, then);
	assert_true(attempt_stack_alone(&again, SERVICE_SSHD));
	for (unsigned i = 0; i < 9; i++)
		attempt_stack_failed(&again, SERVICE_VSFTPD, then);
	assert_false(attempt_stack_alone(&again, SERVICE_VSFTPD));
	then.mono_us += ATTEMPT_STACK_MIXED_US;
	for (unsigned i = 0; i < 3; i++)
		attempt_stack_failed(&again, SERVICE_VSFTPD, then);
	assert_true(attempt_stack_alone(&again, SERVICE_VSFTPD));
	memset(bytes, 0xee, sizeof(bytes));
	v = view_over(bytes, sizeof(bytes));
	attempt_stack_restore(&again, &v, 0, then);
}

/* What forged lines tell of is not vouched for by a true one of the same process. */
static void attempt_is_vouched_for_as_often_as_vouched_traces_tell(void **state)
{
	static const char failed[] = SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2");
	struct bench b;

	(void)state;
	bench_begin(&b, 128);
	b.source = 0xfffe;
	for (unsigned i = 0; i < 5; i++)
		bench_line(&b, 0, failed);
	assert_int_equal(b.failures, 5);
	assert_int_equal(b.vouched, 0);
	b.vouch = true;
	bench_line(&b, 0, failed);
	assert_int_equal(b.vouched, 1);
	assert_int_equal(b.failures, 5);
	struct auth_event audit = {.service = SERVICE_SSHD,
				   .outcome = AUTH_FAILURE,
				   .trace = TRACE_AUDIT,
				   .pid = 7,
				   .src = {4, 32, {192, 0, 2, 1}},
				   .user = STR("root")};

	bench_event(&b, &audit, 0xfffd);
	assert_int_equal(b.vouched, 1);
	bench_event(&b, &audit, 0xfffd);
	assert_int_equal(b.vouched, 2);
	bench_line(&b, 0, SSHD(7, "Connection closed by authenticating user root 192.0.2.1 port 4000 [preauth]"));
	assert_int_equal(b.vouched, 2);
	free(b.memory);
}

static void attempts_survive_save_and_restore(void **state)
{
	uint8_t bytes[64 * ATTEMPT_SAVED];
	struct buf saved = buf_over(bytes, sizeof(bytes));
	struct bench b, again;

	(void)state;
	bench_begin(&b, 128);
	bench_line(&b, 0, SSHD(7, PAM_FAIL "  user=root"));
	assert_int_equal(attempt_save(&b.attempts, &saved, b.now), 0);
	assert_int_equal(saved.len, ATTEMPT_SAVED);
	bench_begin(&again, 128);
	again.now.mono_us = 5 * SECOND_US;
	struct view v = view_over(bytes, saved.len);

	attempt_restore(&again.attempts, &v, &(struct saved_as){2, 2 * SECOND_US, 2 * SECOND_US, again.now});
	bench_line(&again, 0, SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"));
	assert_int_equal(again.failures, 1);
	bench_line(&again, 0, SSHD(7, "Failed password for root from 192.0.2.1 port 4000 ssh2"));
	assert_int_equal(again.failures, 2);
	free(b.memory);
	free(again.memory);
}

/* A line of before the pause is read again; another connection has the number of its process by now. */
static void attempts_of_before_a_pause_are_not_those_of_now(void **state)
{
	uint8_t bytes[64 * ATTEMPT_SAVED];
	struct buf saved = buf_over(bytes, sizeof(bytes));
	struct bench b, again;

	(void)state;
	bench_begin(&b, 128);
	bench_line(&b, 0, SSHD(7, "Invalid user bob from 192.0.2.1 port 4000"));
	assert_int_equal(b.failures, 1);
	assert_int_equal(attempt_save(&b.attempts, &saved, b.now), 0);
	bench_begin(&again, 128);
	struct view v = view_over(bytes, saved.len);

	attempt_restore(&again.attempts, &v, &(struct saved_as){2, HOUR_US, HOUR_US, again.now});
	again.late = true;
	bench_line(&again, 0, SSHD(7, "Failed password for invalid user bob from 192.0.2.1 port 4000 ssh2"));
	assert_int_equal(again.failures, 0);
	again.late = false;
	bench_line(&again, 0, SSHD(7, "Failed password for invalid user bob from 192.0.2.1 port 4000 ssh2"));
	assert_int_equal(again.failures, 1);
	free(b.memory);
	free(again.memory);
}

static void attempts_table_stays_bounded(void **state)
{
	struct auth_event e = {.service = SERVICE_SSHD, .outcome = AUTH_FAILURE, .src = {4, 32, {192, 0, 2, 1}}};
	struct bench b;

	(void)state;
	bench_begin(&b, 64);
	for (uint32_t i = 1; i <= 1000; i++) {
		e.pid = i;
		bench_event(&b, &e, 0);
	}
	assert_int_equal(b.failures, 1000);
	assert_int_equal(b.attempts.evicted, 1000 - 64);
	e.pid = 7;
	for (unsigned i = 0; i < 1000; i++)
		bench_event(&b, &e, 0);
	assert_int_equal(b.failures, 2000);
	free(b.memory);
}

/* What the syslog socket, the audit stream and the journal tell of one try, each for itself and the journal late. */
static void three_sources_of_one_try_count_it_once(void **state)
{
	static const uint16_t sources[] = {0xfffe, 0xfffc, 0xfffd};
	static const char *const lines[] = {
		"Nov 26 15:15:37 m sshd[290]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 "
		"tty=ssh "
		"ruser= rhost=198.51.100.11  user=operator",
		"Nov 26 15:15:40 m sshd[290]: Failed password for operator from 198.51.100.11 port 43862 ssh2",
		"Nov 26 15:15:41 m sshd[290]: Connection closed by authenticating user operator 198.51.100.11 port "
		"43862 "
		"[preauth]",
	};
	struct auth_event audit = {.service = SERVICE_SSHD,
				   .outcome = AUTH_FAILURE,
				   .trace = TRACE_AUDIT,
				   .pid = 290,
				   .src = {4, 32, {198, 51, 100, 11}},
				   .user = STR("operator")};

	(void)state;
	for (unsigned vouch = 0; vouch < 2; vouch++) {
		struct bench b;

		bench_begin(&b, 64);
		b.vouch = vouch;
		for (size_t i = 0; i < 3; i++)
			for (size_t s = 0; s < 3; s++) {
				b.source = sources[s];
				if (s < 2)
					bench_line(&b, 300000, lines[i]);
				else if (i == 0)
					bench_event(&b, &audit, sources[s]);
			}
		assert_int_equal(b.failures, 1);
		assert_int_equal(b.probes, 0);
		free(b.memory);
	}
}

#define WEB(user, request, status) \
	"192.0.2.1 - " user " [22/Nov/2026:12:30:58 +0000] \"" request " HTTP/1.1\" " #status " 179 \"-\" \"curl\""

static void request_takes_back_its_own_failures_only(void **state)
{
	static const struct {
		const char *lines[6];
		unsigned failures, cancelled, probes;
	} cases[] = {
		{{WEB("-", "GET /a", 401), WEB("mia", "GET /a", 200)}, 0, 0, 0},
		{{WEB("mia", "GET /a", 401), WEB("mia", "GET /a", 401), WEB("mia", "GET /a", 304)}, 2, 2, 0},
		{{WEB("mia", "GET /a", 401), WEB("mia", "GET /a", 401), WEB("-", "GET /a", 200)}, 2, 1, 0},
		{{WEB("mia", "GET /a", 401), WEB("-", "GET /b", 200), WEB("mia", "GET /b", 200)}, 1, 0, 0},
		{{WEB("mia", "GET /a", 401), WEB("mia", "POST /a", 200), WEB("mia", "GET /a?", 200)}, 1, 0, 0},
		{{WEB("mia", "GET /a", 401), WEB("eve", "GET /a", 200)}, 1, 0, 0},
		{{WEB("mia", "GET /a", 401), WEB("mia", "GET /a", 404), WEB("mia", "GET /a", 500)}, 1, 0, 0},
		{{WEB("-", "POST /login", 401), WEB("-", "GET /login", 200), WEB("-", "POST /login", 302)}, 1, 1, 0},
		{{WEB("-", "POST /a", 401), WEB("-", "POST /b", 401)}, 0, 0, 0},
		{{WEB("-", "GET /a", 401), WEB("-", "GET /a", 401), WEB("-", "GET /a", 401)}, 0, 0, 2},
		{{WEB("-", "GET /a", 401), WEB("-", "GET /a", 200), WEB("-", "GET /a", 401)}, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench b;

		bench_begin(&b, 64);
		for (unsigned n = 0; n < 6 && cases[i].lines[n]; n++)
			bench_line(&b, 500 * MS_US, cases[i].lines[n]);
		assert_int_equal(b.failures, cases[i].failures);
		assert_int_equal(b.cancelled, cases[i].cancelled);
		assert_int_equal(b.probes, cases[i].probes);
		assert_int_equal(b.successes, 0);
		free(b.memory);
	}
}

/* The access log and the error log tell of the same refusal. */
static void request_in_two_logs_is_one_attempt(void **state)
{
	static const char error[] = "2026/11/22 12:30:58 [error] 22#22: *3 user \"mia\": password mismatch, client: "
				    "192.0.2.1, server: ap, request: \"GET /a HTTP/1.1\", host: \"ap\"";
	struct bench b;

	(void)state;
	for (uint16_t first = 0; first < 2; first++) {
		bench_begin(&b, 64);
		for (uint16_t n = 0; n < 6; n++) {
			b.source = (uint16_t)((first + n) % 2);
			bench_line(&b, 10 * MS_US, b.source ? error : WEB("mia", "GET /a", 401));
		}
		assert_int_equal(b.failures, 3);
		b.source = 0;
		bench_line(&b, 10 * MS_US, WEB("mia", "GET /a", 200));
		assert_int_equal(b.cancelled, 3);
		free(b.memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_sources_of_one_try_count_it_once),
		cmocka_unit_test(attempt_with_pam_and_password_counts_each_try_once),
		cmocka_unit_test(attempt_on_unknown_user_counts_once),
		cmocka_unit_test(attempt_with_keyboard_children_counts_each_try_once),
		cmocka_unit_test(attempt_by_keys_is_none_until_there_are_too_many),
		cmocka_unit_test(attempt_said_to_be_repeated_counts_as_often),
		cmocka_unit_test(attempt_of_a_dropped_connection_swallows_nobody_elses),
		cmocka_unit_test(attempt_without_pid_is_matched_by_src),
		cmocka_unit_test(attempt_succeeds_once_whoever_tells),
		cmocka_unit_test(probe_counts_once_a_connection_and_not_beside_an_attempt),
		cmocka_unit_test(attempt_without_src_is_put_to_its_connection),
		cmocka_unit_test(attempt_by_name_is_put_to_the_address_of_its_pid),
		cmocka_unit_test(probe_is_not_the_end_of_a_session),
		cmocka_unit_test(probe_is_not_who_comes_and_goes),
		cmocka_unit_test(probe_is_who_gives_up_after_naming_a_user),
		cmocka_unit_test(attempts_of_a_recorded_attack_are_all_there),
		cmocka_unit_test(attempts_of_many_connections_are_counted_exactly),
		cmocka_unit_test(attempts_beside_audit_of_another_namespace_are_counted_exactly),
		cmocka_unit_test(refusal_is_forgiven_by_the_success_behind_it),
		cmocka_unit_test(refusal_of_an_ftp_server_is_joined_with_its_success),
		cmocka_unit_test(success_forgives_no_verdicts),
		cmocka_unit_test(refusal_counts_early_where_pam_unix_is_known_to_be_alone),
		cmocka_unit_test(refusal_is_a_failure_by_the_settings),
		cmocka_unit_test(stacks_survive_save_and_restore),
		cmocka_unit_test(attempt_is_vouched_for_as_often_as_vouched_traces_tell),
		cmocka_unit_test(request_takes_back_its_own_failures_only),
		cmocka_unit_test(request_in_two_logs_is_one_attempt),
		cmocka_unit_test(attempts_survive_save_and_restore),
		cmocka_unit_test(attempts_of_before_a_pause_are_not_those_of_now),
		cmocka_unit_test(attempts_table_stays_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
