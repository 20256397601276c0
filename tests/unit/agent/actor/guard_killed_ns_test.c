/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guard that is killed while it isolates, or suspends, or takes that back. Skipped where such a guard is not
 * permitted.
 */
#include "agent/actor/sys/isolate.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard_killed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
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

static void killed_at_any_moment_it_is_isolated_or_not_as_the_ledger_says(void **state)
{
	struct guard_killed what = {.is_as = isolation_is, .order_key = &order_key};

	(void)state;
	if (!possible)
		skip();
	what.begin = (struct verb_args){.verb = VERB_ISOLATE, .duration_s = 3600};
	what.end = (struct verb_args){.verb = VERB_RELEASE};
	guard_killed(&guard, &what);
}

static void killed_at_any_moment_a_process_is_suspended_or_not_as_the_ledger_says(void **state)
{
	struct guard_killed what = {.is_as = victim_is, .order_key = &order_key};

	(void)state;
	if (!possible)
		skip();
	what.begin = (struct verb_args){.verb = VERB_SUSPEND, .pid = victim, .duration_s = 3600};
	what.end = (struct verb_args){.verb = VERB_RESUME, .pid = victim};
	guard_killed(&guard, &what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed_at_any_moment_it_is_isolated_or_not_as_the_ledger_says, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(killed_at_any_moment_a_process_is_suspended_or_not_as_the_ledger_says,
						set_up, tear_down),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
