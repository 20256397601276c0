/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign what: which signatures count, and what is said of a key that signs more than it may. */
#include "agent/actor/rails/mandate.h"

#include "agent/base/key.h"
#include "tests/unit/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TEXT "what is signed"
#define VERB(verb) (UINT64_C(1) << (verb))

static struct mandate mandate;
static struct key_der private_keys[3], public_keys[3];
static struct actor_signature signatures[MESSAGE_SIGNATURES_MAX + 1];
static struct mandate_signed given;
static char why[MANDATE_WHY_MAX];

static int make_keys(void **state)
{
	(void)state;
	return pairs_make(private_keys, public_keys, 3);
}

/* Key 0 may sign everything, key 1 bans and objects of kind 1; key 2 is nobody's. */
static int set_up(void **state)
{
	(void)state;
	memset(&mandate, 0, sizeof(mandate));
	mandate.trust.order_key_count = 2;
	mandate.trust.order_keys[0] = public_keys[0];
	mandate.trust.order_keys[1] = public_keys[1];
	mandate.trust.order_verbs[0] = mandate.trust.order_kinds[0] = BUNDLE_ALL;
	mandate.trust.order_verbs[1] = VERB(VERB_BAN);
	mandate.trust.order_kinds[1] = 1u << 1;
	given = (struct mandate_signed){TEXT, sizeof(TEXT), signatures, 0, VERB(VERB_BAN), 0};
	why[0] = '\0';
	return 0;
}

static void sign(unsigned key)
{
	struct actor_signature *s = &signatures[given.count++];
	size_t len;

	key_id(&public_keys[key], s->key_id);
	assert_int_equal(key_sign(&private_keys[key], key_random_kernel, TEXT, sizeof(TEXT), s->bytes, &len), ERR_OK);
	s->len = (uint16_t)len;
}

static enum err check(unsigned needed)
{
	why[0] = '\0';
	return mandate_signatures(&mandate, &given, needed, why);
}

static void each_key_counts_once(void **state)
{
	(void)state;
	sign(1);
	sign(1);
	assert_int_equal(check(1), ERR_OK);
	assert_int_equal(check(2), ERR_SIGNATURE);
	assert_string_equal(why, "2 signatures of different keys are needed, 1 are there");
	sign(0);
	assert_int_equal(check(2), ERR_OK);
	/* Also where the trust bundle asks for none, there has to be one. */
	given.count = 0;
	assert_int_equal(check(0), ERR_UNTRUSTED);
}

/* Whoever has broken into the service chooses what pages show. */
static void browsers_alone_are_not_enough_where_two_sign(void **state)
{
	(void)state;
	mandate.trust.order_in_browser = 3;
	sign(0);
	assert_int_equal(check(1), ERR_OK);
	assert_int_equal(check(2), ERR_SIGNATURE);
	assert_non_null(strstr(why, "2 signatures"));
	sign(1);
	assert_int_equal(check(1), ERR_OK);
	assert_int_equal(check(2), ERR_SIGNATURE);
	assert_string_equal(why, "one of the signatures has to be by a key that no browser keeps");
	mandate.trust.order_in_browser = 1;
	assert_int_equal(check(2), ERR_OK);
	/* One that may not sign this is none. */
	mandate.trust.order_in_browser = 1;
	mandate.trust.order_verbs[1] = VERB(VERB_LOCK);
	assert_int_equal(check(2), ERR_DENIED);
}

static void a_key_that_may_not_sign_the_verb_is_said(void **state)
{
	(void)state;
	given.verbs = VERB(VERB_BAN) | VERB(VERB_LOCK);
	sign(1);
	assert_int_equal(check(1), ERR_DENIED);
	assert_string_equal(why, "the trust bundle does not let the key that signed it sign 'lock'");
	/* Beside one that may, it does not matter; nor does it count. */
	sign(0);
	assert_int_equal(check(1), ERR_OK);
	assert_int_equal(check(2), ERR_DENIED);
}

static void a_key_that_may_not_sign_the_kind_of_object_is_said(void **state)
{
	(void)state;
	given.verbs = 0;
	given.kinds = 1u << 2;
	sign(1);
	assert_int_equal(check(1), ERR_DENIED);
	assert_string_equal(why, "the trust bundle does not let the key that signed it sign such objects");
	given.kinds = 1u << 1;
	assert_int_equal(check(1), ERR_OK);
}

static void signatures_of_strangers_and_those_behind_the_last_do_not_count(void **state)
{
	(void)state;
	sign(2);
	assert_int_equal(check(1), ERR_UNTRUSTED);
	sign(2);
	sign(2);
	/* A message has no more than MESSAGE_SIGNATURES_MAX. */
	assert_int_equal(given.count, MESSAGE_SIGNATURES_MAX);
	sign(0);
	assert_int_equal(check(1), ERR_UNTRUSTED);
	/* One wrong signature of a key that is known spoils all. */
	given.count = 0;
	sign(0);
	sign(1);
	signatures[1].bytes[signatures[1].len - 1] ^= 1;
	assert_int_equal(check(1), ERR_SIGNATURE);
}

static void nobody_signs_where_there_is_no_trust(void **state)
{
	(void)state;
	sign(0);
	mandate.trust_state = ERR_NOT_FOUND;
	assert_int_equal(check(1), ERR_UNTRUSTED);
	assert_non_null(strstr(why, "not enrolled"));
	mandate.trust_state = ERR_CORRUPT;
	assert_int_equal(check(1), ERR_UNTRUSTED);
	assert_non_null(strstr(why, "cannot be read"));
}

static void an_order_longer_than_any_is_refused(void **state)
{
	static struct actor_order m;
	struct mandate_verdict v;

	(void)state;
	m.order_len = MESSAGE_ORDER_MAX + 1;
	assert_int_equal(mandate_check(&mandate, &m, 0, &v), ERR_TOO_LONG);
	assert_string_equal(v.why, "it is longer than an order can be");
	m.order_len = 4;
	assert_int_not_equal(mandate_check(&mandate, &m, 0, &v), ERR_OK);
	assert_true(v.why[0] != '\0');
}

static void an_order_is_remembered_once(void **state)
{
	const uint8_t id[MESSAGE_ID] = {1};

	(void)state;
	assert_int_equal(mandate_remember(&mandate, id, 100, 50), ERR_OK);
	assert_int_equal(mandate_remember(&mandate, id, 100, 50), ERR_OK);
	mandate_recall(&mandate, id, 200);
	assert_int_equal(mandate.seen_count, 1);
	mandate_forget(&mandate, id);
	assert_false(mandate_seen(&mandate, id));
	assert_false(mandate_may_return(&mandate, id, 50));
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_key_counts_once),
		TEST(browsers_alone_are_not_enough_where_two_sign),
		TEST(a_key_that_may_not_sign_the_verb_is_said),
		TEST(a_key_that_may_not_sign_the_kind_of_object_is_said),
		TEST(signatures_of_strangers_and_those_behind_the_last_do_not_count),
		TEST(nobody_signs_where_there_is_no_trust),
		TEST(an_order_longer_than_any_is_refused),
		TEST(an_order_is_remembered_once),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
