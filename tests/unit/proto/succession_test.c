/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/succession.h"
#include "tests/unit/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Keys 0 to 2 are root keys, 2 of which sign; 3 and 4 are order keys; 5 is a stranger's. */
static struct key_der private_keys[6], keys[6];
static struct bundle now;
static uint8_t digest[32];
static struct succession_from from;
static char why[SUCCESSION_WHY_MAX];

static int make_keys(void **state)
{
	(void)state;
	return pairs_make(private_keys, keys, 6);
}

static int set_up(void **state)
{
	(void)state;
	memset(&now, 0, sizeof(now));
	memset(now.fleet, 7, sizeof(now.fleet));
	now.version = 5;
	now.roots_needed = 2;
	now.root_count = 3;
	memcpy(now.roots, keys, 3 * sizeof(keys[0]));
	now.order_count = 1;
	now.orders[0].key = keys[3];
	now.orders[0].verbs = BUNDLE_ALL;
	memcpy(now.orders[0].name, "ada", 4);
	now.ca_count = 1;
	now.cas[0].len = 3;
	from = (struct succession_from){
		.version = 5,
		.fleet = now.fleet,
		.digest = digest,
		.roots_needed = 2,
		.root_count = 3,
		.roots = keys,
		.order_key_count = 1,
		.order_keys = &keys[3],
	};
	return 0;
}

/* Seal it with the keys of that set of bits, and judge. */
static enum err judge(const struct bundle *b, unsigned signers)
{
	static uint8_t memory[BUNDLE_SEALED_MAX];
	struct bundle_sealed sealed = {.len = 0};
	struct buf bytes = buf_over(sealed.bytes, sizeof(sealed.bytes)), out = buf_over(memory, sizeof(memory));
	struct bundle said;
	enum err err;

	assert_int_equal(bundle_encode(&bytes, b, why), ERR_OK);
	sealed.len = (uint16_t)bytes.len;
	for (unsigned i = 0; i < 6; i++)
		if (signers >> i & 1)
			assert_int_equal(bundle_sign(&sealed, &private_keys[i], key_random_kernel), ERR_OK);
	assert_int_equal(bundle_seal(&out, &sealed), ERR_OK);
	why[0] = '\0';
	err = succession_check(&from, buf_str(&out), &said, why);
	assert_int_equal(err == ERR_OK, why[0] == '\0');
	return err;
}

static void a_newer_bundle_by_enough_roots_is_taken(void **state)
{
	struct bundle next = now;

	(void)state;
	next.version = 6;
	assert_int_equal(judge(&next, 3), ERR_OK);
	assert_int_equal(judge(&next, 6), ERR_OK);
	assert_int_equal(judge(&next, 7), ERR_OK);
	/* Versions may be left out. */
	next.version = 1000;
	assert_int_equal(judge(&next, 5), ERR_OK);
}

static void too_few_or_other_signers_are_refused(void **state)
{
	struct bundle next = now;

	(void)state;
	next.version = 6;
	assert_int_equal(judge(&next, 0), ERR_UNTRUSTED);
	assert_int_equal(judge(&next, 1), ERR_SIGNATURE);
	assert_int_equal(judge(&next, 1 << 3), ERR_UNTRUSTED);
	assert_int_equal(judge(&next, 1 | 1 << 3 | 1 << 5), ERR_SIGNATURE);
	/* A bundle does not appoint its own judges. */
	next.roots_needed = next.root_count = 1;
	next.roots[0] = keys[5];
	assert_int_equal(judge(&next, 1 << 5), ERR_UNTRUSTED);
	assert_int_equal(judge(&next, 1 << 5 | 3), ERR_OK);
}

static void older_and_equal_versions_are_refused(void **state)
{
	struct bundle next = now;
	struct buf bytes;
	uint8_t memory[BUNDLE_BYTES_MAX];

	(void)state;
	next.version = 4;
	assert_int_equal(judge(&next, 7), ERR_REPLAYED);
	next.version = 5;
	assert_int_equal(judge(&next, 7), ERR_REPLAYED);
	bytes = buf_over(memory, sizeof(memory));
	assert_int_equal(bundle_encode(&bytes, &next, why), ERR_OK);
	key_sha256(bytes.data, bytes.len, digest);
	assert_int_equal(judge(&next, 0), ERR_EXISTS);
	next.version = 6;
	next.fleet[0]++;
	assert_int_equal(judge(&next, 7), ERR_WRONG_TARGET);
}

static void an_order_key_vouches_for_the_first_bundle_only(void **state)
{
	struct bundle first = now;

	(void)state;
	first.version = 1;
	assert_int_equal(judge(&first, 7 | 1 << 3), ERR_REPLAYED);
	from.version = 0;
	from.root_count = from.roots_needed = 0;
	assert_int_equal(judge(&first, 7 | 1 << 3), ERR_OK);
	assert_int_equal(judge(&first, 3 | 1 << 3), ERR_OK);
	assert_int_equal(judge(&first, 7), ERR_UNTRUSTED);
	assert_int_equal(judge(&first, 7 | 1 << 4), ERR_UNTRUSTED);
	/* Nor without the root keys: nobody could make the second. */
	assert_int_equal(judge(&first, 1 | 1 << 3), ERR_SIGNATURE);
	from.order_keys_needed = 2;
	assert_int_equal(judge(&first, 7 | 1 << 3), ERR_SIGNATURE);
	from.order_key_count = 2;
	assert_int_equal(judge(&first, 7 | 3 << 3), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_newer_bundle_by_enough_roots_is_taken, set_up),
		cmocka_unit_test_setup(too_few_or_other_signers_are_refused, set_up),
		cmocka_unit_test_setup(older_and_equal_versions_are_refused, set_up),
		cmocka_unit_test_setup(an_order_key_vouches_for_the_first_bundle_only, set_up),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
