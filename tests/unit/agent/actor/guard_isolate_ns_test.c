/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Isolation as a confined actor brings it about, refuses it, keeps it and ends it, by both packet filters; skipped
 * where it is not permitted.
 */
#include "agent/actor/sys/netfilter_isolate.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

static struct guard guard;
static struct netfilter filter;
static struct key_der order_key;
static bool possible;

static int prepare(void **state)
{
	(void)state;
	possible = guard_prepare(&guard);
	if (!possible)
		return 0;
	guard_trust(&guard, &order_key);
	return netfilter_open(&filter, false) != ERR_OK;
}

static int prepare_iptables(void **state)
{
	(void)state;
	possible = guard_prepare(&guard) && guard_by_iptables(&guard, &filter);
	if (possible)
		guard_trust(&guard, &order_key);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (possible)
		netfilter_close(&filter);
	return guard_tear_down(&guard, NULL);
}

static void start(void (*adjust)(struct settings *s))
{
	if (!possible)
		skip();
	guard.adjust = adjust;
	guard_start(&guard);
}

static const struct actor_receipt *order(const struct verb_args *args)
{
	struct order o = guard_order_of(args);
	const struct actor_receipt *r = guard_order(&guard, &o, &order_key);

	assert_non_null(r);
	return r;
}

static void assert_refused(const struct verb_args *args, const char *why)
{
	const struct actor_receipt *r = order(args);

	assert_int_equal(r->result, RECEIPT_REFUSED);
	if (!strstr(r->text, why))
		fail_msg("\"%s\" does not say \"%s\"", r->text, why);
	assert_false(netfilter_isolate_is_set(&filter));
}

static void assert_done(const struct verb_args *args, uint8_t result, const char *text)
{
	const struct actor_receipt *r = order(args);

	assert_int_equal(r->result, result);
	assert_int_equal(r->verified, 1);
	if (!strstr(r->text, text))
		fail_msg("\"%s\" does not say \"%s\"", r->text, text);
}

static void isolation_without_a_service_needs_its_own_end(void **state)
{
	const struct verb_args endless = {.verb = VERB_ISOLATE},
			       leased = {VERB_ISOLATE, .duration_s = 60, .lease_s = 300},
			       forever = {.verb = VERB_ISOLATE, .duration_s = VERB_FOREVER};

	(void)state;
	start(NULL);
	assert_refused(&endless, "no service that could release it: name a duration");
	assert_refused(&forever, "no service that could release it: name a duration");
	assert_refused(&leased, "no service to hold a lease");
}

static void unknown_service(struct settings *s)
{
	memcpy(s->server_host, "caltrop.invalid", 16);
	s->server_port = 4343;
}

static void isolation_never_cuts_off_a_service_whose_address_is_not_known(void **state)
{
	const struct verb_args args = {.verb = VERB_ISOLATE};

	(void)state;
	start(unknown_service);
	assert_refused(&args, "the address of the service is not known");
}

static void isolation_is_had_once_and_may_be_changed(void **state)
{
	struct verb_args args = {.verb = VERB_ISOLATE, .duration_s = 600}, wider = args;

	(void)state;
	start(NULL);
	assert_done(&args, RECEIPT_DONE, "isolated; the service and 0 networks pass; ");
	assert_true(netfilter_isolate_is_set(&filter));
	assert_done(&args, RECEIPT_ALREADY, "isolated");
	wider.allow.count = 1;
	wider.allow.list[0] = (struct addr){4, 24, {198, 51, 100}};
	wider.dns = wider.dhcp = 1;
	assert_done(&wider, RECEIPT_DONE, "1 network pass, DNS, DHCP");
	assert_true(netfilter_isolate_is_set(&filter));
	assert_done(&(struct verb_args){.verb = VERB_RELEASE}, RECEIPT_DONE, "");
	assert_false(netfilter_isolate_is_set(&filter));
	assert_int_equal(order(&(struct verb_args){.verb = VERB_RELEASE})->result, RECEIPT_ALREADY);
}

/* The core is started beside what is put back. */
static bool is_set_soon(void)
{
	for (unsigned ms = 0; ms < 5000 && !netfilter_isolate_is_set(&filter); ms++)
		(void)usleep(1000);
	return netfilter_isolate_is_set(&filter);
}

static void isolation_outlives_the_guard_and_what_others_do(void **state)
{
	struct verb_args args = {.verb = VERB_ISOLATE, .duration_s = 600};
	enum err err;

	(void)state;
	start(NULL);
	assert_done(&args, RECEIPT_DONE, "isolated");
	guard_kill(&guard);
	assert_true(netfilter_isolate_is_set(&filter));
	guard_start(&guard);
	assert_true(netfilter_isolate_is_set(&filter));
	guard_kill(&guard);
	assert_int_equal(netfilter_isolate_clear(&filter), ERR_OK);
	guard_start(&guard);
	assert_true(is_set_soon());
	/* And while it runs, which may be before isolate_clear() has looked whether it is gone. */
	err = netfilter_isolate_clear(&filter);
	assert_true(err == ERR_OK || err == ERR_UNVERIFIED);
	assert_true(is_set_soon());
}

static void an_isolation_that_no_ledger_knows_is_ended(void **state)
{
	const struct isolate_filter none = {.service_count = 0};

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(netfilter_isolate_set(&filter, &none), ERR_OK);
	assert_true(netfilter_isolate_is_set(&filter));
	start(NULL);
	assert_false(netfilter_isolate_is_set(&filter));
}

static void heard_within_a_second(struct settings *s)
{
	memcpy(s->server_host, "192.0.2.5", 10);
	s->server_port = 4343;
	s->confirm_s = 1;
}

static void isolation_ends_when_the_service_is_not_heard_through_it(void **state)
{
	const struct verb_args args = {.verb = VERB_ISOLATE};

	(void)state;
	start(heard_within_a_second);
	assert_done(&args, RECEIPT_DONE, "isolated");
	while (guard_wait(&guard, ACTOR_RECEIPT))
		if (guard.message.receipt.args.verb == VERB_RELEASE || strstr(guard.message.receipt.text, "not heard"))
			break;
	assert_non_null(strstr(guard.message.receipt.text, "the service was not heard through it"));
	assert_false(netfilter_isolate_is_set(&filter));
}

static void isolation_stays_when_the_service_is_heard_through_it(void **state)
{
	const struct actor_header heard = {MESSAGE_VERSION, ACTOR_HEARD, sizeof(heard), 3};
	const struct verb_args args = {.verb = VERB_ISOLATE};

	(void)state;
	start(heard_within_a_second);
	assert_done(&args, RECEIPT_DONE, "isolated");
	assert_int_equal(send(guard.socket, &heard, sizeof(heard), MSG_NOSIGNAL), sizeof(heard));
	/* Nothing is told of its end, for longer than it would have had. */
	while (guard_next(&guard))
		assert_false(guard.message.header.type == ACTOR_RECEIPT);
	assert_true(netfilter_isolate_is_set(&filter));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, prepare, tear_down)
#define IPTABLES(f)                                                     \
	{                                                               \
#f " by iptables", f, prepare_iptables, tear_down, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(isolation_without_a_service_needs_its_own_end),
		TEST(isolation_never_cuts_off_a_service_whose_address_is_not_known),
		TEST(isolation_is_had_once_and_may_be_changed),
		TEST(isolation_outlives_the_guard_and_what_others_do),
		TEST(an_isolation_that_no_ledger_knows_is_ended),
		TEST(isolation_ends_when_the_service_is_not_heard_through_it),
		TEST(isolation_stays_when_the_service_is_heard_through_it),
		IPTABLES(isolation_is_had_once_and_may_be_changed),
		IPTABLES(isolation_outlives_the_guard_and_what_others_do),
		IPTABLES(an_isolation_that_no_ledger_knows_is_ended),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
