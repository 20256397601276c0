/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power that is cut while a guard bans, isolates, locks or suspends, or takes that back, at each call that changes the
 * disk. Skipped where such a guard is not permitted, or not traced.
 */
#include "agent/actor/sys/isolate.h"
#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard_cut.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct guard guard;
static struct key_der order_key;
static struct nft nft;
static pid_t victim;
static bool possible;

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard_trust(&guard, &order_key);
	require(nft_open(&nft) == ERR_OK);
	victim = guard_victim();
	guard_put(&guard, "passwd", "root:x:0:0::/none:/bin/sh\nbob:x:54331:54331::/none:/bin/sh\n");
	guard_put(&guard, "shadow", "root:$6$a$b:1::::::\nbob:$6$c$d:2::::::\n");
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	(void)kill(victim, SIGKILL);
	guard_end(&guard);
	nft_close(&nft);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return 0;
}

static bool isolation_is(bool in_force)
{
	return isolate_is_set(&nft) == in_force;
}

static bool victim_is(bool stopped)
{
	return guard_victim_is(victim, stopped);
}

static bool lock_is(bool in_force)
{
	return files_is(guard.dir, "shadow",
			in_force ? "root:$6$a$b:1::::::\nbob:!$6$c$d:2::::::\n"
				 : "root:$6$a$b:1::::::\nbob:$6$c$d:2::::::\n");
}

static const struct addr banned = {4, 32, {198, 51, 100, 9}};

static bool ban_is(bool in_force)
{
	uint64_t left_ms;

	return (nft_find(&nft, &banned, &left_ms) == ERR_OK) == in_force;
}

static void lose_tables(void)
{
	static const char *const tables[] = {NFT_TABLE, NFT_ISOLATE_TABLE};

	for (unsigned i = 0; i < 2; i++) {
		nft_wire_begin(&nft);
		nft_chain_delete_table(&nft, tables[i]);
		/* One that is not there is lost already. */
		(void)!nft_wire_commit(&nft);
	}
}

static void cut(struct guard_cut *what, struct verb_args begin, struct verb_args end)
{
	unsigned cuts, in_force;

	if (!possible)
		skip();
	what->order.begin = begin;
	what->order.end = end;
	what->order.order_key = &order_key;
	cuts = guard_cut(&guard, what, &in_force);
	if (cuts == 0)
		skip();
	print_message("%u cuts, in force after %u\n", cuts, in_force);
	assert_in_range(in_force, 1, cuts - 1);
	assert_true(cuts > 8);
}

static void ban_is_in_force_or_not_as_the_ledger_says(void **state)
{
	struct guard_cut what = {.order.is_as = ban_is, .lose = lose_tables};

	(void)state;
	cut(&what, (struct verb_args){.verb = VERB_BAN, .duration_s = 600, .addr = banned},
	    (struct verb_args){.verb = VERB_UNBAN, .addr = banned});
}

static void isolation_is_in_force_or_not_as_the_ledger_says(void **state)
{
	struct guard_cut what = {.order.is_as = isolation_is, .lose = lose_tables};

	(void)state;
	cut(&what, (struct verb_args){.verb = VERB_ISOLATE, .duration_s = 3600},
	    (struct verb_args){.verb = VERB_RELEASE});
}

static void lock_is_in_force_or_not_as_the_ledger_says(void **state)
{
	struct guard_cut what = {.order.is_as = lock_is};

	(void)state;
	cut(&what, (struct verb_args){.verb = VERB_LOCK, .account = "bob", .duration_s = 3600},
	    (struct verb_args){.verb = VERB_UNLOCK, .account = "bob"});
}

/* A machine without power forgets processes; here they outlive the guard, so that a lost record shows. */
static void suspension_is_in_force_or_not_as_the_ledger_says(void **state)
{
	struct guard_cut what = {.order.is_as = victim_is};

	(void)state;
	cut(&what, (struct verb_args){.verb = VERB_SUSPEND, .pid = victim, .duration_s = 3600},
	    (struct verb_args){.verb = VERB_RESUME, .pid = victim});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ban_is_in_force_or_not_as_the_ledger_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(isolation_is_in_force_or_not_as_the_ledger_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lock_is_in_force_or_not_as_the_ledger_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(suspension_is_in_force_or_not_as_the_ledger_says, set_up, tear_down),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
