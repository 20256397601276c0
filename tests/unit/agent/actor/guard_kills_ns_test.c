/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guard that is ordered one thing after another, as it falls, and is killed at any moment of it, or its core is: what
 * the machine then has, of all that was ordered, is what the ledger says. Sixty kills, a thousand in `make check-all`.
 * Skipped where such a guard is not permitted.
 */
#include "agent/actor/sys/netfilter_isolate.h"
#include "agent/actor/sys/netfilter_limit.h"
#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"
#include "tests/unit/files.h"
#include "tests/unit/thorough.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPAN_FIRST_US 30000
#define SPAN_LEAST_US 200
#define SPAN_MOST_US 2000000
#define CORES_IN_A_ROW 3 /* caltropd waits longer before each next one */
#define SETTLE_US (10 * SECOND_US)
#define HASH "$6$c$d"
#define KEY "ssh-ed25519 AAAA bob@desk\n"

static struct guard guard;
static struct key_der order_key;
static struct netfilter filter;
static pid_t victims[2];
static bool possible;

static char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", guard.dir, name);
	return path;
}

/* -- what is ordered, and how the machine looks then -- */

static bool is_banned(const struct verb_args *args)
{
	uint64_t left_ms;

	return netfilter_find(&filter, &args->addr, &left_ms) == ERR_OK;
}

static bool is_isolated(const struct verb_args *args)
{
	(void)args;
	return netfilter_isolate_is_set(&filter);
}

static bool is_stopped(const struct verb_args *args)
{
	return guard_victim_is(args->pid, true);
}

static bool goes_on(const struct verb_args *args)
{
	return guard_victim_is(args->pid, false);
}

static bool is_locked(const struct verb_args *args)
{
	(void)args;
	return files_has(guard.dir, "shadow", "bob:!" HASH ":") &&
	       access(path_of("home/.ssh/authorized_keys"), F_OK) != 0;
}

static bool is_open(const struct verb_args *args)
{
	(void)args;
	return files_has(guard.dir, "shadow", "bob:" HASH ":") &&
	       files_has(guard.dir, "home/.ssh/authorized_keys", KEY);
}

static bool is_gone(const struct verb_args *args)
{
	return access(args->path, F_OK) != 0;
}

static bool is_there(const struct verb_args *args)
{
	struct stat st;

	return lstat(args->path, &st) == 0 && (st.st_mode & 07777) == 0755 && st.st_uid == 4711;
}

/* All limits are one table, which is looked at as a whole. */
static bool is_any(const struct verb_args *args)
{
	(void)args;
	return true;
}

static struct thing {
	struct verb_args begin;
	uint16_t end;
	bool (*is)(const struct verb_args *args);     /* in force */
	bool (*is_not)(const struct verb_args *args); /* NULL: what is not in force */
	bool in_force;				      /* by what the guard told */
} things[16];
static unsigned thing_count;

static struct thing *thing(uint16_t begin, uint16_t end, bool (*is)(const struct verb_args *args))
{
	struct thing *t = &things[thing_count++];

	require(thing_count <= sizeof(things) / sizeof(things[0]));
	*t = (struct thing){.begin = {.verb = begin, .duration_s = 3600}, .end = end, .is = is};
	return t;
}

static void name_things(void)
{
	static const char *const addresses[] = {"198.51.100.7", "198.51.100.9", "2001:db8::/64"};
	char why[VERB_WHY_MAX];
	struct thing *t;

	thing_count = 0;
	for (unsigned i = 0; i < 3; i++) {
		t = thing(VERB_BAN, VERB_UNBAN, is_banned);
		require(verb_arg_set(&t->begin, verb_param(VERB_ADDR), str_from(addresses[i]), why) == ERR_OK);
	}
	for (unsigned i = 0; i < 2; i++) {
		t = thing(VERB_LIMIT, VERB_UNLIMIT, is_any);
		t->is_not = is_any;
		t->begin.rate = 10;
		require(verb_arg_set(&t->begin, verb_param(VERB_ADDR), str_from(addresses[i]), why) == ERR_OK);
		t = thing(VERB_SUSPEND, VERB_RESUME, is_stopped);
		t->begin.pid = victims[i];
		t->is_not = goes_on;
	}
	t = thing(VERB_LOCK, VERB_UNLOCK, is_locked);
	memcpy(t->begin.account, "bob", 4);
	t->is_not = is_open;
	(void)thing(VERB_ISOLATE, VERB_RELEASE, is_isolated);
	t = thing(VERB_QUARANTINE, VERB_RESTORE, is_gone);
	t->begin.duration_s = 0;
	snprintf(t->begin.path, sizeof(t->begin.path), "%s", path_of("drop/x"));
	t->is_not = is_there;
}

static bool limits_are(void)
{
	struct netfilter_limit list[NETFILTER_LIMITS_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < thing_count; i++)
		if (things[i].begin.verb == VERB_LIMIT && things[i].in_force)
			list[count++] = (struct netfilter_limit){things[i].begin.addr, (uint32_t)things[i].begin.rate};
	return netfilter_limit_check(&filter, list, count) == ERR_OK;
}

/* The first thing of which the machine does not have what the ledger says; NULL: it has all. */
static const char *differs(void)
{
	for (unsigned i = 0; i < thing_count; i++) {
		const struct thing *t = &things[i];

		if (t->in_force ? !t->is(&t->begin) : t->is_not ? !t->is_not(&t->begin) : t->is(&t->begin))
			return verb_name(t->begin.verb);
	}
	return limits_are() ? NULL : "limit";
}

/* -- what the guard says -- */

static void hear(const struct actor_effect *e)
{
	for (unsigned i = 0; i < thing_count; i++)
		if (things[i].begin.verb == e->args.verb && verb_same_what(&things[i].begin, &e->args)) {
			things[i].in_force = !e->gone;
			return;
		}
	fail_msg("an effect that nobody ordered: %s", verb_name(e->args.verb));
}

/* All that it holds, as a core asks for it. */
static void hear_all(void)
{
	for (unsigned i = 0; i < thing_count; i++)
		things[i].in_force = false;
	do {
		require(guard_next(&guard));
		if (guard.message.header.type == ACTOR_EFFECT)
			hear(&guard.message.effect);
	} while (guard.message.header.type != ACTOR_SYNCED);
}

/* A guard whose core was killed may still be at the order, which then changes what it told. */
static void settle(unsigned turn)
{
	const struct actor_header ready = {MESSAGE_VERSION, ACTOR_READY, sizeof(ready), 1};
	int64_t until_us = clock_mono_us() + SETTLE_US;
	const char *what;

	while ((what = differs()) != NULL) {
		if (clock_mono_us() >= until_us)
			fail_msg("kill %u: the machine has not what the ledger says of %s", turn, what);
		(void)poll(NULL, 0, 20);
		require(send(guard.socket, &ready, sizeof(ready), MSG_NOSIGNAL) == sizeof(ready));
		hear_all();
	}
}

/* -- the kills -- */

static pid_t kill_after(pid_t whom, unsigned us)
{
	pid_t child = fork();

	require(child >= 0);
	if (child == 0) {
		usleep(us);
		(void)kill(whom, SIGKILL);
		_exit(0);
	}
	return child;
}

/* Its victim's pid may be another's once that was waited for: the killer goes first. */
static void no_more(pid_t killer)
{
	(void)kill(killer, SIGKILL);
	while (waitpid(killer, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static bool order_something(void)
{
	const struct thing *t = &things[(unsigned)random() % thing_count];
	struct verb_args args = t->begin;
	struct order o;

	if (random() % 5 >= 3) {
		args.verb = t->end;
		args.duration_s = 0;
		args.rate = 0;
	}
	o = guard_order_of(&args);
	return guard_order(&guard, &o, &order_key) != NULL;
}

static void kill_one(bool core, unsigned span_us, bool *answered)
{
	pid_t killer = kill_after(core ? guard.core : guard.pid, (unsigned)random() % span_us);

	*answered = order_something();
	no_more(killer);
	if (core) {
		(void)kill(guard.core, SIGKILL);
		guard_next_core(&guard);
		return;
	}
	guard_kill(&guard);
	guard_start(&guard);
}

static void killed_at_any_moment_the_machine_is_as_the_ledger_says(void **state)
{
	unsigned times = thorough_times(60, 1000), answers = 0, cores = 0, in_a_row = 0, in_force = 0;
	unsigned span_us = SPAN_FIRST_US;

	(void)state;
	if (!possible)
		skip();
	srandom(1);
	for (unsigned turn = 0; turn < times; turn++) {
		bool core = in_a_row < CORES_IN_A_ROW && random() % 3 == 0, answered;

		kill_one(core, span_us, &answered);
		in_a_row = core ? in_a_row + 1 : 0;
		hear_all();
		settle(turn);
		cores += core;
		answers += answered;
		span_us = answered ? span_us - span_us / 8 : span_us + span_us / 8;
		span_us = span_us < SPAN_LEAST_US ? SPAN_LEAST_US : span_us > SPAN_MOST_US ? SPAN_MOST_US : span_us;
		for (unsigned i = 0; i < thing_count; i++)
			in_force += things[i].in_force;
	}
	print_message("%u kills, %u of them of the core; %u orders were answered; %u times something was in force\n",
		      times, cores, answers, in_force);
	assert_true(cores > 0 && cores < times && in_force > times && in_force < times * thing_count);
}

/* -- */

static void put_files(void)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "root:x:0:0::%s/root:/bin/sh\nbob:x:54331:54331::%s/home:/bin/sh\nann:x:54332:54332::/none:/bin/sh\n",
		 guard.dir, guard.dir);
	guard_put(&guard, "passwd", text);
	guard_put(&guard, "shadow", "root:$6$a$b:1::::::\nbob:" HASH ":2::::::\nann:$6$e$f:2::::::\n");
	require(mkdir(path_of("home"), 0755) == 0 && mkdir(path_of("home/.ssh"), 0755) == 0);
	guard_put(&guard, "home/.ssh/authorized_keys", KEY);
	require(mkdir(path_of("drop"), 0777) == 0);
	guard_put(&guard, "drop/x", "x\n");
	require(chmod(path_of("drop/x"), 0755) == 0 && chown(path_of("drop/x"), 4711, 4712) == 0);
}

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	put_files();
	guard_trust(&guard, &order_key);
	require(netfilter_open(&filter, false) == ERR_OK);
	victims[0] = guard_victim();
	victims[1] = guard_victim();
	name_things();
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	for (unsigned i = 0; i < 2; i++)
		(void)kill(victims[i], SIGKILL);
	guard_end(&guard);
	netfilter_close(&filter);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed_at_any_moment_the_machine_is_as_the_ledger_says, set_up,
						tear_down),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
