/* SPDX-License-Identifier: Apache-2.0 */
/* Which trust bundle takes the place of what is trusted, and what health says of one that does not. Needs no root. */
#include "agent/actor/trustee.h"

#include "agent/actor/request.h"
#include "tests/unit/agent/actor/bare.h"
#include "tests/unit/agent/actor/guard.h"
#include "tests/unit/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* 0 and 1 are root keys, both sign; 2 is the order key of a bundle, which the device's first one is by. */
static struct key_der private_keys[3], keys[3];
static struct bundle bundle;

static int make_keys(void **state)
{
	(void)state;
	return pairs_make(private_keys, keys, 3);
}

static int set_up(void **state)
{
	(void)state;
	bare_start(&bare);
	private_keys[2] = bare.order_key;
	assert_int_equal(key_public(&private_keys[2], &keys[2]), ERR_OK);
	memset(&bundle, 0, sizeof(bundle));
	memset(bundle.fleet, 7, sizeof(bundle.fleet));
	bundle.version = 5;
	bundle.roots_needed = bundle.root_count = 2;
	memcpy(bundle.roots, keys, 2 * sizeof(keys[0]));
	bundle.order_count = 1;
	bundle.orders[0].key = keys[2];
	bundle.orders[0].verbs = bundle.orders[0].kinds = BUNDLE_ALL;
	memcpy(bundle.orders[0].name, "ada", 4);
	bundle.ca_count = 1;
	bundle.cas[0].len = 3;
	return 0;
}

/* Send it, signed by the keys of that set of bits. What health says then. */
static enum err take(unsigned signers)
{
	static struct actor_trust m;
	static struct bundle_sealed sealed;
	struct buf bytes = buf_over(sealed.bytes, sizeof(sealed.bytes)), out = buf_over(m.bytes, sizeof(m.bytes));
	char why[BUNDLE_WHY_MAX];

	memset(&m, 0, sizeof(m));
	memset(&sealed, 0, sizeof(sealed));
	assert_int_equal(bundle_encode(&bytes, &bundle, why), ERR_OK);
	sealed.len = (uint16_t)bytes.len;
	for (unsigned i = 0; i < 3; i++)
		if (signers >> i & 1)
			assert_int_equal(bundle_sign(&sealed, &private_keys[i], key_random_kernel), ERR_OK);
	assert_int_equal(bundle_seal(&out, &sealed), ERR_OK);
	m.header = (struct actor_header){MESSAGE_VERSION, ACTOR_TRUST, sizeof(m), 1};
	m.len = (uint16_t)out.len;
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_OK);
	assert_int_equal(bare.actor.health.trust_refused == ERR_OK, bare.actor.health.trust_why[0] == '\0');
	return (enum err)bare.actor.health.trust_refused;
}

static void a_newer_bundle_is_in_force_at_once(void **state)
{
	(void)state;
	assert_int_equal(take(7), ERR_OK);
	assert_int_equal(bare.actor.health.trust_version, 5);
	bundle.version = 6;
	assert_int_equal(take(3), ERR_OK);
	assert_int_equal(bare.actor.health.trust_version, 6);
	assert_int_equal(bare.actor.mandate.trust.root_count, 2);
}

static void what_was_refused_stays_in_health_until_a_good_one_comes(void **state)
{
	(void)state;
	assert_int_equal(take(7), ERR_OK);
	bundle.version = 4;
	assert_int_equal(take(3), ERR_REPLAYED);
	assert_int_equal(bare.actor.health.trust_version, 5);
	/* The one in force, once more, says nothing new. */
	bundle.version = 5;
	assert_int_equal(take(7), ERR_REPLAYED);
	bundle.version = 6;
	assert_int_equal(take(1), ERR_SIGNATURE);
	assert_int_equal(take(3), ERR_OK);
}

static void a_device_that_is_not_enrolled_trusts_nobodys_bundle(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/trust/device_id", bare.dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(take(7), ERR_UNTRUSTED);
	assert_non_null(strstr(bare.actor.health.trust_why, "not enrolled"));
	bare_put(&bare, "trust/device_id", "no number");
	assert_int_equal(take(7), ERR_UNTRUSTED);
	assert_non_null(strstr(bare.actor.health.trust_why, "enrol it again"));
}

static void a_bundle_that_cannot_be_stored_is_not_in_force(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/trust/bundle", bare.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	/* Read before: what has the bundle's place has come meanwhile. */
	snprintf(path, sizeof(path), "%s/trust/bundle.new", bare.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/trust/bundle", bare.dir);
	assert_int_equal(rmdir(path), 0);
	assert_int_not_equal(take(7), ERR_OK);
	assert_non_null(strstr(bare.actor.health.trust_why, "cannot be stored"));
	assert_int_equal(bare.actor.health.trust_version, 0);
}

/* -- what a bundle's keys may order -- */

static const struct actor_receipt *order(uint16_t verb)
{
	static union actor_message said;
	struct verb_args args = {.verb = verb};
	struct actor_order m;
	struct order o;

	if (verb == VERB_BAN || verb == VERB_UNBAN)
		args.addr = (struct addr){4, 32, {198, 51, 100, 7}};
	args.duration_s = verb == VERB_BAN ? 60 : 0;
	o = guard_order_of(&args);
	guard_order_sign(&m, &o, &bare.order_key);
	assert_int_equal(request_handle(&bare.actor, &m, sizeof(m)), ERR_OK);
	run_continue(&bare.actor);
	assert_non_null(bare_receipt(&bare, &said));
	return &said.receipt;
}

static void a_key_signs_only_the_verbs_of_its_bundle(void **state)
{
	const struct actor_receipt *r;

	(void)state;
	bundle.orders[0].verbs = UINT64_C(1) << VERB_UNBAN;
	assert_int_equal(take(7), ERR_OK);
	r = order(VERB_BAN);
	assert_int_equal(r->err, ERR_DENIED);
	assert_non_null(strstr(r->text, "does not let the key that signed it sign 'ban'"));
	assert_int_not_equal(order(VERB_UNBAN)->err, ERR_DENIED);
}

static void a_bundle_may_ask_for_more_signatures(void **state)
{
	const struct actor_receipt *r;

	(void)state;
	bundle.rule_count = 1;
	bundle.rules[0] = (struct bundle_rule){VERB_BAN, 2};
	assert_int_equal(take(7), ERR_OK);
	r = order(VERB_BAN);
	assert_int_equal(r->err, ERR_SIGNATURE);
	assert_non_null(strstr(r->text, "2 signatures of different keys are needed, 1 are there"));
	assert_int_not_equal(order(VERB_UNBAN)->err, ERR_SIGNATURE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, bare_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_newer_bundle_is_in_force_at_once),
		TEST(what_was_refused_stays_in_health_until_a_good_one_comes),
		TEST(a_device_that_is_not_enrolled_trusts_nobodys_bundle),
		TEST(a_bundle_that_cannot_be_stored_is_not_in_force),
		TEST(a_key_signs_only_the_verbs_of_its_bundle),
		TEST(a_bundle_may_ask_for_more_signatures),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
