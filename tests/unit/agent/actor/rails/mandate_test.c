/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/actor/rails/mandate.h"

#include "agent/base/key.h"
#include "tests/unit/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1800000000)

static struct mandate mandate;
static struct key_der private_keys[3], public_keys[3];

static int make_keys(void **state)
{
	(void)state;
	return pairs_make(private_keys, public_keys, 3);
}

/* Keys 0 and 1 are trusted, key 2 is not. */
static int set_up(void **state)
{
	(void)state;
	memset(&mandate, 0, sizeof(mandate));
	memset(mandate.trust.device_id, 7, sizeof(mandate.trust.device_id));
	memcpy(mandate.trust.group, "gates", 6);
	mandate.trust.order_keys[0] = public_keys[0];
	mandate.trust.order_keys[1] = public_keys[1];
	mandate.trust.order_verbs[0] = mandate.trust.order_verbs[1] = BUNDLE_ALL;
	mandate.trust.order_key_count = 2;
	return 0;
}

static struct order ban_order(void)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	memset(o.id, 1, sizeof(o.id));
	o.created_s = o.not_before_s = NOW - 10;
	o.not_after_s = NOW + 3600;
	memcpy(o.author, "ada", 4);
	o.target_kind = ORDER_DEVICES;
	o.target_count = 1;
	memset(o.targets[0], 7, 16);
	o.step_count = 1;
	o.steps[0].args.verb = VERB_BAN;
	o.steps[0].args.duration_s = 60;
	o.steps[0].args.addr = (struct addr){4, 32, {198, 51, 100, 7}};
	return o;
}

static void sign(struct actor_order *m, unsigned key)
{
	size_t len;

	key_id(&public_keys[key], m->signatures[m->signature_count].key_id);
	assert_int_equal(key_sign(&private_keys[key], key_random_kernel, m->order, m->order_len,
				  m->signatures[m->signature_count].bytes, &len),
			 ERR_OK);
	m->signatures[m->signature_count++].len = (uint16_t)len;
}

static struct actor_order message_of(const struct order *order, int key)
{
	struct actor_order m;
	struct buf b;

	memset(&m, 0, sizeof(m));
	b = buf_over(m.order, sizeof(m.order));
	assert_int_equal(order_encode(&b, order), ERR_OK);
	m.order_len = (uint16_t)b.len;
	if (key >= 0)
		sign(&m, (unsigned)key);
	return m;
}

static enum err check(const struct actor_order *m, int64_t wall_s)
{
	struct mandate_verdict v;
	enum err err = mandate_check(&mandate, m, wall_s, &v);

	assert_int_equal(err == ERR_OK, v.why[0] == '\0');
	return err;
}

static void mandate_takes_a_good_order_once(void **state)
{
	struct order o = ban_order();
	struct actor_order m = message_of(&o, 0);

	(void)state;
	assert_int_equal(check(&m, NOW), ERR_OK);
	assert_int_equal(mandate_remember(&mandate, o.id, o.not_after_s, NOW), ERR_OK);
	assert_int_equal(check(&m, NOW), ERR_REPLAYED);
}

static void mandate_refuses_an_order_changed_by_one_bit(void **state)
{
	struct order o = ban_order();
	struct actor_order m = message_of(&o, 0);

	(void)state;
	for (unsigned i = 0; i < m.order_len; i++) {
		m.order[i] ^= 1;
		assert_int_not_equal(check(&m, NOW), ERR_OK);
		m.order[i] ^= 1;
	}
	m.order_len--;
	assert_int_not_equal(check(&m, NOW), ERR_OK);
}

static void mandate_refuses_strangers(void **state)
{
	struct order o = ban_order();
	struct actor_order m = message_of(&o, 2), unsigned_one = message_of(&o, -1);

	(void)state;
	assert_int_equal(check(&m, NOW), ERR_UNTRUSTED);
	assert_int_equal(check(&unsigned_one, NOW), ERR_UNTRUSTED);
	/* A trusted key's id over a stranger's signature. */
	key_id(&public_keys[0], m.signatures[0].key_id);
	assert_int_equal(check(&m, NOW), ERR_SIGNATURE);
}

static void mandate_counts_distinct_signers(void **state)
{
	struct order o = ban_order();
	struct actor_order m = message_of(&o, 0);

	(void)state;
	mandate.signatures_min = 2;
	assert_int_equal(check(&m, NOW), ERR_SIGNATURE);
	sign(&m, 0);
	assert_int_equal(check(&m, NOW), ERR_SIGNATURE);
	sign(&m, 1);
	assert_int_equal(check(&m, NOW), ERR_OK);
}

static void mandate_keeps_to_the_window(void **state)
{
	struct order o = ban_order();
	struct actor_order m = message_of(&o, 0);

	(void)state;
	assert_int_equal(check(&m, NOW - 11), ERR_NOT_YET);
	assert_int_equal(check(&m, NOW + 3601), ERR_EXPIRED);
	/* A device without a clock: 1970. */
	assert_int_equal(check(&m, 100), ERR_NOT_YET);
}

static void mandate_is_for_this_device_or_group(void **state)
{
	struct order o = ban_order();
	struct actor_order m;

	(void)state;
	memset(o.targets[0], 8, 16);
	m = message_of(&o, 0);
	assert_int_equal(check(&m, NOW), ERR_WRONG_TARGET);
	o.target_kind = ORDER_GROUP;
	o.target_count = 0;
	memset(o.targets, 0, sizeof(o.targets));
	memcpy(o.group, "gates", 6);
	m = message_of(&o, 0);
	assert_int_equal(check(&m, NOW), ERR_OK);
	memcpy(o.group, "gatesx", 7);
	m = message_of(&o, 0);
	assert_int_equal(check(&m, NOW), ERR_WRONG_TARGET);
	memset(o.group, 0, sizeof(o.group));
	o.target_kind = ORDER_ALL;
	m = message_of(&o, 0);
	assert_int_equal(check(&m, NOW), ERR_OK);
}

static void mandate_needs_trust_and_sense(void **state)
{
	struct order o = ban_order();
	struct actor_order m = message_of(&o, 0);

	(void)state;
	mandate.trust_state = ERR_NOT_FOUND;
	assert_int_equal(check(&m, NOW), ERR_UNTRUSTED);
	mandate.trust_state = ERR_OK;
	/* A well signed order for a verb of a later build. */
	m = message_of(&o, -1);
	m.order[m.order_len - 17] = 77;
	sign(&m, 0);
	assert_int_equal(check(&m, NOW), ERR_UNSUPPORTED);
}

static void mandate_forgets_only_what_cannot_come_again(void **state)
{
	uint8_t id[MESSAGE_ID] = {0};

	(void)state;
	for (unsigned i = 0; i < MANDATE_SEEN_MAX; i++) {
		id[0] = (uint8_t)i;
		id[1] = (uint8_t)(i >> 8);
		assert_int_equal(mandate_remember(&mandate, id, NOW + i, NOW), ERR_OK);
	}
	id[2] = 1;
	assert_int_equal(mandate_remember(&mandate, id, NOW, NOW), ERR_FULL);
	/* A clock years ahead costs the one that ended first, not all. */
	assert_int_equal(mandate_remember(&mandate, id, NOW + 200000, NOW + INT64_C(1000000000)), ERR_OK);
	assert_true(mandate_seen(&mandate, id));
	assert_int_equal(mandate.seen_count, MANDATE_SEEN_MAX);
	memset(id, 0, sizeof(id));
	assert_false(mandate_seen(&mandate, id));
	id[0] = 1;
	assert_true(mandate_seen(&mandate, id));
	mandate_forget(&mandate, id);
	assert_false(mandate_seen(&mandate, id));
	assert_int_equal(mandate.seen_count, MANDATE_SEEN_MAX - 1);
	assert_int_equal(mandate_remember(&mandate, id, NOW, NOW), ERR_OK);
}

/* A clock of 1970 must not make it remember the old ones and not the new. */
static void mandate_recalls_those_that_end_last(void **state)
{
	uint8_t id[MESSAGE_ID] = {0};

	(void)state;
	for (unsigned i = 0; i < MANDATE_SEEN_MAX + 2; i++) {
		id[0] = (uint8_t)i;
		id[1] = (uint8_t)(i >> 8);
		mandate_recall(&mandate, id, NOW + i);
		mandate_recall(&mandate, id, NOW + i);
	}
	assert_true(mandate_seen(&mandate, id));
	assert_int_equal(mandate.seen_count, MANDATE_SEEN_MAX);
	memset(id, 0, sizeof(id));
	mandate_recall(&mandate, id, NOW);
	assert_false(mandate_seen(&mandate, id));
	id[0] = 2;
	assert_true(mandate_seen(&mandate, id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(mandate_takes_a_good_order_once, set_up),
		cmocka_unit_test_setup(mandate_refuses_an_order_changed_by_one_bit, set_up),
		cmocka_unit_test_setup(mandate_refuses_strangers, set_up),
		cmocka_unit_test_setup(mandate_counts_distinct_signers, set_up),
		cmocka_unit_test_setup(mandate_keeps_to_the_window, set_up),
		cmocka_unit_test_setup(mandate_is_for_this_device_or_group, set_up),
		cmocka_unit_test_setup(mandate_needs_trust_and_sense, set_up),
		cmocka_unit_test_setup(mandate_forgets_only_what_cannot_come_again, set_up),
		cmocka_unit_test_setup(mandate_recalls_those_that_end_last, set_up),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
