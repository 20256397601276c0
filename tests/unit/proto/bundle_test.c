/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/bundle.h"
#include "tests/unit/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct key_der private_keys[4], keys[4];
static struct bundle good;
static char why[BUNDLE_WHY_MAX];

static int make_keys(void **state)
{
	(void)state;
	return pairs_make(private_keys, keys, 4);
}

static int set_up(void **state)
{
	(void)state;
	memset(&good, 0, sizeof(good));
	memset(good.fleet, 9, sizeof(good.fleet));
	good.version = 3;
	good.created_s = 1800000000;
	good.roots_needed = 1;
	good.root_count = 1;
	good.roots[0] = keys[0];
	good.order_count = 2;
	for (unsigned i = 0; i < 2; i++) {
		good.orders[i].key = keys[1 + i];
		good.orders[i].verbs = i ? 6 : BUNDLE_ALL;
		snprintf(good.orders[i].name, sizeof(good.orders[i].name), "key %u", i);
	}
	good.rule_count = 2;
	good.rules[0] = (struct bundle_rule){1, 2};
	good.rules[1] = (struct bundle_rule){6, 3};
	good.ca_count = 2;
	good.cas[0].len = 400;
	good.cas[1].len = 5;
	memset(good.cas[1].der, 1, 5);
	good.escrow = keys[3];
	return 0;
}

static struct str encoded(const struct bundle *b)
{
	static uint8_t memory[BUNDLE_BYTES_MAX];
	struct buf out = buf_over(memory, sizeof(memory));

	assert_int_equal(bundle_encode(&out, b, why), ERR_OK);
	return buf_str(&out);
}

static void bundle_comes_back_as_it_was(void **state)
{
	struct bundle back;

	(void)state;
	assert_int_equal(bundle_decode(encoded(&good), &back, why), ERR_OK);
	assert_memory_equal(&back, &good, sizeof(good));
	good.escrow.len = 0;
	memset(good.escrow.bytes, 0, sizeof(good.escrow.bytes));
	good.order_count = 0;
	memset(good.orders, 0, sizeof(good.orders));
	assert_int_equal(bundle_decode(encoded(&good), &back, why), ERR_OK);
	assert_memory_equal(&back, &good, sizeof(good));
}

/* Without such a key the bytes are those of before, which older guards read. */
static void a_key_of_a_browser_is_said_only_where_there_is_one(void **state)
{
	struct bundle back;
	struct str bytes = encoded(&good);
	char wrong[BUNDLE_BYTES_MAX];
	size_t len = bytes.len;

	(void)state;
	assert_memory_equal(bytes.data, "CTB1", 4);
	good.orders[1].in_browser = true;
	bytes = encoded(&good);
	assert_memory_equal(bytes.data, "CTB2", 4);
	assert_int_equal(bytes.len, len + 2);
	assert_int_equal(bundle_decode(bytes, &back, why), ERR_OK);
	assert_false(back.orders[0].in_browser);
	assert_true(back.orders[1].in_browser);
	/* A flag that is not known, and flags where nobody has one. */
	memcpy(wrong, bytes.data, bytes.len);
	for (size_t i = 0; i + 1 < bytes.len; i++) {
		wrong[i] ^= 2;
		if (bundle_decode((struct str){wrong, bytes.len}, &back, why) == ERR_OK)
			assert_memory_equal(encoded(&back).data, wrong, bytes.len);
		wrong[i] ^= 2;
	}
	good.orders[1].in_browser = false;
	bytes = encoded(&good);
	memcpy(wrong, bytes.data, bytes.len);
	wrong[3] = '2';
	assert_int_not_equal(bundle_decode((struct str){wrong, bytes.len}, &back, why), ERR_OK);
}

static void bundle_cut_anywhere_does_not_decode(void **state)
{
	static const struct bundle none;
	struct bundle back;
	struct str bytes = encoded(&good);

	(void)state;
	for (size_t len = 0; len < bytes.len; len++) {
		why[0] = '\0';
		assert_int_not_equal(bundle_decode(str_sub(bytes, 0, len), &back, why), ERR_OK);
		assert_memory_equal(&back, &none, sizeof(none));
		assert_int_not_equal(why[0], '\0');
	}
}

static void refused(const char *sentence)
{
	uint8_t memory[BUNDLE_BYTES_MAX];
	struct buf out = buf_over(memory, sizeof(memory));

	assert_int_equal(bundle_encode(&out, &good, why), ERR_INVALID);
	assert_non_null(strstr(why, sentence));
	(void)set_up(NULL);
}

static void bundle_refuses_what_makes_no_sense(void **state)
{
	(void)state;
	good.version = 0;
	refused("begin with 1");
	good.roots_needed = 2;
	refused("at most all of its root keys");
	good.roots_needed = 0;
	refused("at least one");
	good.root_count = 0;
	refused("1 to 5 root keys");
	good.root_count = 2;
	good.roots[1] = keys[0];
	refused("root key stands there twice");
	good.orders[1].key = keys[1];
	refused("order key stands there twice");
	good.orders[1].key = keys[0];
	refused("a root key is no order key");
	good.orders[0].key.bytes[60] ^= 1;
	refused("no P-256 public key");
	good.orders[0].key.len--;
	refused("no P-256 public key");
	good.orders[0].name[0] = '\n';
	refused("printable");
	good.orders[0].name[0] = '\0';
	refused("printable");
	good.rules[1].verb = 1;
	refused("do not rise");
	good.rules[1].signatures = 4;
	refused("1 to 3");
	good.ca_count = 0;
	refused("1 to 3 certificates");
	good.escrow.bytes[1] ^= 1;
	refused("escrow");
}

static void bundle_sealed_comes_back_as_it_was(void **state)
{
	static struct bundle_sealed sealed, back;
	static uint8_t memory[BUNDLE_SEALED_MAX + 1];
	struct buf out = buf_over(memory, sizeof(memory));
	struct str bytes = encoded(&good);
	unsigned signers;

	(void)state;
	memcpy(sealed.bytes, bytes.data, bytes.len);
	sealed.len = (uint16_t)bytes.len;
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(bundle_sign(&sealed, &private_keys[i], key_random_kernel), ERR_OK);
	assert_int_equal(bundle_sign(&sealed, &private_keys[1], key_random_kernel), ERR_EXISTS);
	assert_int_equal(bundle_seal(&out, &sealed), ERR_OK);
	assert_int_equal(bundle_open(buf_str(&out), &back, why), ERR_OK);
	assert_memory_equal(&back, &sealed, sizeof(sealed));
	assert_int_equal(bundle_signers(&back, keys, 4, &signers), ERR_OK);
	assert_int_equal(signers, 2);
	assert_int_equal(bundle_signers(&back, keys + 2, 2, &signers), ERR_OK);
	assert_int_equal(signers, 0);
	back.bytes[40] ^= 1;
	assert_int_equal(bundle_signers(&back, keys, 4, &signers), ERR_SIGNATURE);
	for (size_t len = 0; len < out.len; len++)
		assert_int_not_equal(bundle_open(str_sub(buf_str(&out), 0, len), &back, why), ERR_OK);
	out.len++;
	assert_int_equal(bundle_open(buf_str(&out), &back, why), ERR_TOO_LONG);
}

static void bundle_signed_twice_by_one_key_does_not_open(void **state)
{
	static struct bundle_sealed sealed, back;
	static uint8_t memory[BUNDLE_SEALED_MAX];
	struct buf out = buf_over(memory, sizeof(memory));
	struct str bytes = encoded(&good);

	(void)state;
	memcpy(sealed.bytes, bytes.data, bytes.len);
	sealed.len = (uint16_t)bytes.len;
	assert_int_equal(bundle_sign(&sealed, &private_keys[0], key_random_kernel), ERR_OK);
	sealed.signatures[1] = sealed.signatures[0];
	sealed.signature_count = 2;
	assert_int_equal(bundle_seal(&out, &sealed), ERR_OK);
	assert_int_equal(bundle_open(buf_str(&out), &back, why), ERR_INVALID);
	assert_non_null(strstr(why, "twice"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bundle_comes_back_as_it_was, set_up),
		cmocka_unit_test_setup(a_key_of_a_browser_is_said_only_where_there_is_one, set_up),
		cmocka_unit_test_setup(bundle_cut_anywhere_does_not_decode, set_up),
		cmocka_unit_test_setup(bundle_refuses_what_makes_no_sense, set_up),
		cmocka_unit_test_setup(bundle_sealed_comes_back_as_it_was, set_up),
		cmocka_unit_test_setup(bundle_signed_twice_by_one_key_does_not_open, set_up),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
