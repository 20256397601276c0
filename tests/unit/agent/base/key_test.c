/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static struct key_der private_key, public_key, other_private, other_public;

static int make_keys(void **state)
{
	(void)state;
	return key_generate(key_random_kernel, &private_key) != ERR_OK ||
	       key_public(&private_key, &public_key) != ERR_OK ||
	       key_generate(key_random_kernel, &other_private) != ERR_OK ||
	       key_public(&other_private, &other_public) != ERR_OK;
}

static void key_signature_verifies_only_for_its_key_and_data(void **state)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t len;

	(void)state;
	assert_int_equal(key_sign(&private_key, key_random_kernel, "order", 5, signature, &len), ERR_OK);
	assert_true(len <= 72);
	assert_int_equal(key_verify(&public_key, "order", 5, signature, len), ERR_OK);
	assert_int_equal(key_verify(&public_key, "Order", 5, signature, len), ERR_SIGNATURE);
	assert_int_equal(key_verify(&other_public, "order", 5, signature, len), ERR_SIGNATURE);
	assert_int_equal(key_verify(&public_key, "order", 5, signature, len - 1), ERR_SIGNATURE);
	assert_int_equal(key_verify(&public_key, "order", 5, signature, 0), ERR_SIGNATURE);
	assert_int_equal(key_verify(&private_key, "order", 5, signature, len), ERR_INVALID);
}

static void key_point_off_the_curve_is_no_key(void **state)
{
	struct key_der bent = public_key;
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t len;

	(void)state;
	assert_int_equal(key_sign(&private_key, key_random_kernel, "x", 1, signature, &len), ERR_OK);
	bent.bytes[bent.len - 1] ^= 1;
	assert_int_equal(key_verify(&bent, "x", 1, signature, len), ERR_INVALID);
}

static void key_id_is_the_start_of_the_digest(void **state)
{
	uint8_t id[KEY_ID], digest[32];

	(void)state;
	key_id(&public_key, id);
	key_sha256(public_key.bytes, public_key.len, digest);
	assert_memory_equal(id, digest, KEY_ID);
	key_sha256("abc", 3, digest);
	assert_memory_equal(digest, "\xba\x78\x16\xbf\x8f\x01\xcf\xea", 8);
}

static void key_sealed_box_opens_only_with_its_key(void **state)
{
	uint8_t box[128], plain[64];
	size_t len, plain_len;

	(void)state;
	assert_int_equal(key_seal(&public_key, key_random_kernel, "secret", 6, box, sizeof(box), &len), ERR_OK);
	assert_int_equal(len, 6 + KEY_SEAL_OVERHEAD);
	assert_int_equal(key_open(&private_key, box, len, plain, sizeof(plain), &plain_len), ERR_OK);
	assert_int_equal(plain_len, 6);
	assert_memory_equal(plain, "secret", 6);
	assert_int_equal(key_open(&other_private, box, len, plain, sizeof(plain), &plain_len), ERR_CRYPTO);
	for (size_t i = 0; i < len; i++) {
		box[i] ^= 1;
		assert_int_not_equal(key_open(&private_key, box, len, plain, sizeof(plain), &plain_len), ERR_OK);
		box[i] ^= 1;
	}
	assert_int_equal(key_open(&private_key, box, KEY_SEAL_OVERHEAD - 1, plain, 64, &plain_len), ERR_CRYPTO);
	assert_int_equal(key_open(&private_key, box, len, plain, 5, &plain_len), ERR_TOO_LONG);
	assert_int_equal(key_seal(&public_key, key_random_kernel, "secret", 6, box, 87, &len), ERR_TOO_LONG);
}

static void key_pem_round_trip_keeps_every_byte(void **state)
{
	uint8_t der[KEY_DER_MAX];
	char text[512];
	size_t len;

	(void)state;
	assert_int_equal(key_pem("PUBLIC KEY", public_key.bytes, public_key.len, text, sizeof(text)), ERR_OK);
	assert_non_null(strstr(text, "-----BEGIN PUBLIC KEY-----\n"));
	assert_int_equal(key_from_pem("PUBLIC KEY", text, der, sizeof(der), &len), ERR_OK);
	assert_int_equal(len, public_key.len);
	assert_memory_equal(der, public_key.bytes, len);
	assert_int_equal(key_from_pem("CERTIFICATE", text, der, sizeof(der), &len), ERR_NOT_FOUND);
	assert_int_equal(key_from_pem("PUBLIC KEY", text, der, 16, &len), ERR_TOO_LONG);
	text[strlen(text) - 8] = '\0';
	assert_int_equal(key_from_pem("PUBLIC KEY", text, der, sizeof(der), &len), ERR_INVALID);
	assert_int_equal(key_pem("PUBLIC KEY", public_key.bytes, public_key.len, text, 32), ERR_TOO_LONG);
}

static void key_csr_gives_back_the_key_that_signed_it(void **state)
{
	uint8_t csr[KEY_CSR_MAX];
	struct key_der found;
	size_t len;

	(void)state;
	assert_int_equal(key_csr(&private_key, key_random_kernel, "gate-7", csr, &len), ERR_OK);
	assert_int_equal(key_csr_public(csr, len, &found), ERR_OK);
	assert_int_equal(found.len, public_key.len);
	assert_memory_equal(found.bytes, public_key.bytes, found.len);
	csr[20] ^= 1;
	assert_int_not_equal(key_csr_public(csr, len, &found), ERR_OK);
	assert_int_equal(found.len, 0);
	assert_int_equal(key_csr(&private_key, key_random_kernel, "a,O=evil", csr, &len), ERR_INVALID);
	assert_int_equal(key_csr_public(csr, 0, &found), ERR_INVALID);
}

static void key_equal_compares_whole(void **state)
{
	(void)state;
	assert_true(key_equal("abc", "abc", 3));
	assert_false(key_equal("abc", "abd", 3));
	assert_true(key_equal("a", "b", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_signature_verifies_only_for_its_key_and_data),
		cmocka_unit_test(key_point_off_the_curve_is_no_key),
		cmocka_unit_test(key_id_is_the_start_of_the_digest),
		cmocka_unit_test(key_sealed_box_opens_only_with_its_key),
		cmocka_unit_test(key_pem_round_trip_keeps_every_byte),
		cmocka_unit_test(key_csr_gives_back_the_key_that_signed_it),
		cmocka_unit_test(key_equal_compares_whole),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
