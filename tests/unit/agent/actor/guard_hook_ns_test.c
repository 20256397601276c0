/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks by a confined actor: programs of the system that its settings declare. Skipped where that is not permitted. */
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct guard guard;
static struct key_der order_key;
static bool possible;

static void declare(struct settings *s, const char *name, const char *program, unsigned argument_count)
{
	struct settings_hook *h = &s->hooks[s->hook_count++];

	*h = (struct settings_hook){.time_s = 1, .memory = 64u << 20, .output = 4096};
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->program, sizeof(h->program), "%s", program);
	h->argument_count = argument_count;
	h->arguments[0] = VERB_ACCOUNT;
	h->arguments[1] = VERB_ADDR;
}

static void with_hooks(struct settings *s)
{
	declare(s, "say", "/bin/echo", 2);
	declare(s, "fail", "/bin/false", 0);
	declare(s, "hang", "/bin/sleep", 1);
	declare(s, "flood", "/usr/bin/yes", 0);
	declare(s, "free", "/usr/bin/unshare", 1);
}

static int set_up(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard.adjust = with_hooks;
	guard_trust(&guard, &order_key);
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return guard_tear_down(&guard, NULL);
}

static const struct actor_receipt *order(const char *words)
{
	struct verb_args args = {.verb = VERB_HOOK};
	struct str rest = str_from(words);
	char why[VERB_WHY_MAX];
	struct order o;

	while (!str_empty(rest)) {
		struct str value = str_cut(&rest, ' '), name = str_cut(&value, '=');

		require(verb_arg_set(&args, verb_param_find(name), value, why) == ERR_OK);
	}
	o = guard_order_of(&args);
	return guard_order(&guard, &o, &order_key);
}

static void says(const struct actor_receipt *r, enum receipt_result result, const char *text)
{
	assert_non_null(r);
	if (r->result != result || !strstr(r->text, text))
		print_message("said: %d %s\n", r->result, r->text);
	assert_int_equal(r->result, result);
	assert_non_null(strstr(r->text, text));
}

static void hook_runs_and_its_receipt_says_how_it_ended(void **state)
{
	const struct actor_receipt *r;

	(void)state;
	if (!possible)
		skip();
	r = order("name=say account=alice addr=198.51.100.7");
	says(r, RECEIPT_DONE, "hook say ended with 0: alice 198.51.100.7");
	assert_true(r->verified && r->acted_us > 0);
	r = order("name=fail");
	says(r, RECEIPT_FAILED, "could not run the hook fail: it ended with 1");
	assert_false(r->verified);
}

static void hook_is_not_held_by_the_actors_filter(void **state)
{
	(void)state;
	if (!possible)
		skip();
	/* "unshare ls" calls unshare(2), which a child of the actor may not, and then ls, all without an option. */
	says(order("name=free account=ls"), RECEIPT_DONE, "hook free ended with 0");
}

static void hook_that_hangs_or_floods_is_ended(void **state)
{
	(void)state;
	if (!possible)
		skip();
	says(order("name=hang account=600"), RECEIPT_FAILED, "it was ended after 1 s");
	says(order("name=flood"), RECEIPT_FAILED, "wrote more than 4096 bytes");
}

static void hook_that_is_not_declared_so_is_refused(void **state)
{
	(void)state;
	if (!possible)
		skip();
	says(order("name=other"), RECEIPT_REFUSED, "declare no such hook");
	says(order("name=say account=alice"), RECEIPT_REFUSED, "needs addr");
	says(order("name=fail account=alice"), RECEIPT_REFUSED, "takes no account");
}

static void hook_of_a_dry_run_is_not_run(void **state)
{
	struct verb_args args = {.verb = VERB_HOOK, .name = "hang", .account = "600"};
	struct order o;

	(void)state;
	if (!possible)
		skip();
	o = guard_order_of(&args);
	o.dry_run = true;
	says(guard_order(&guard, &o, &order_key), RECEIPT_OBSERVED, "dry run: would run the hook hang");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hook_runs_and_its_receipt_says_how_it_ended),
		cmocka_unit_test(hook_is_not_held_by_the_actors_filter),
		cmocka_unit_test(hook_that_hangs_or_floods_is_ended),
		cmocka_unit_test(hook_that_is_not_declared_so_is_refused),
		cmocka_unit_test(hook_of_a_dry_run_is_not_run),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
