/* SPDX-License-Identifier: Apache-2.0 */
/* What browsers and authenticators send for passkeys, and the challenges that they answer. */
#include "server-stub/api/authenticator.h"
#include "server-stub/api/cbor.h"
#include "server-stub/api/client_data.h"
#include "tests/unit/server-stub/api/fob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BYTES(literal) ((struct str){literal, sizeof(literal) - 1})

/* -- CBOR -- */

static void items_are_read_to_their_end(void **state)
{
	struct str rest = BYTES("\x18\x64"
				"\x39\x01\xf3"
				"\x43"
				"abc"
				"\x62"
				"hi"
				"\xf5");
	struct cbor_item item;

	(void)state;
	assert_int_equal(cbor_next(&rest, &item), ERR_OK);
	assert_true(item.type == CBOR_NUMBER && item.value == 100);
	assert_int_equal(cbor_next(&rest, &item), ERR_OK);
	assert_true(item.type == CBOR_NEGATIVE && item.value == 499);
	assert_int_equal(cbor_next(&rest, &item), ERR_OK);
	assert_true(item.type == CBOR_BYTES && str_equal(item.bytes, STR("abc")));
	assert_int_equal(cbor_next(&rest, &item), ERR_OK);
	assert_true(item.type == CBOR_TEXT && str_equal(item.bytes, STR("hi")));
	assert_int_equal(cbor_skip(&rest), ERR_OK);
	assert_int_equal(cbor_next(&rest, &item), ERR_INVALID);
}

static void nested_items_are_passed_over_whole(void **state)
{
	/* [{"a": [1, 2, {}]}, tag 0 of "x", 1.5], then 7 */
	struct str rest = BYTES("\x83\xa1\x61"
				"a"
				"\x83\x01\x02\xa0\xc0\x61"
				"x"
				"\xf9\x3e\x00\x07");

	(void)state;
	assert_int_equal(cbor_skip(&rest), ERR_OK);
	assert_true(str_equal(rest, STR("\x07")));
}

static void lengths_that_are_not_there_are_refused(void **state)
{
	static const struct {
		struct str bytes;
		enum err err;
	} bad[] = {
		{BYTES("\x43"
		       "ab"),
		 ERR_INVALID},						      /* a string that is cut off */
		{BYTES("\x5b\xff\xff\xff\xff\xff\xff\xff\xff"), ERR_INVALID}, /* of nearly all bytes there can be */
		{BYTES("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), ERR_INVALID},
		{BYTES("\xbb\x80\x00\x00\x00\x00\x00\x00\x00\x01\x01"), ERR_INVALID},
		{BYTES("\x82\x01"), ERR_INVALID},
		{BYTES("\x81\x81\x81\x81"), ERR_INVALID},
		{BYTES("\x19\x01"), ERR_INVALID},
		{BYTES("\x1c"), ERR_INVALID},
		{BYTES("\xc0"), ERR_INVALID},
		{BYTES("\x9f\x01\xff"), ERR_UNSUPPORTED},
		{BYTES("\x5f\x41"
		       "a"
		       "\xff"),
		 ERR_UNSUPPORTED},
		{BYTES(""), ERR_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct str rest = bad[i].bytes;

		assert_int_equal(cbor_skip(&rest), bad[i].err);
	}
}

/* -- authenticators -- */

static struct str attestation_of(const struct fob *f, uint8_t bytes[FOB_ATTESTATION_MAX])
{
	return (struct str){(char *)bytes, fob_attestation(f, bytes)};
}

static void new_key_is_read_and_its_signatures_verify(void **state)
{
	uint8_t bytes[FOB_ATTESTATION_MAX], challenge[CHALLENGE_BYTES] = {1}, data[FOB_DATA], sig[KEY_SIGNATURE_MAX];
	char client[FOB_CLIENT_MAX];
	struct authenticator new, later;
	struct authenticator_signed s;
	struct fob f;

	(void)state;
	assert_true(fob_make(&f, 'i'));
	f.counter = 0x01020304;
	assert_int_equal(authenticator_read_new(attestation_of(&f, bytes), &new), ERR_OK);
	assert_int_equal(new.counter, 0x01020304);
	assert_true(str_equal(new.id, STR("iiiiiiiiiiiiiiii")));
	assert_true(new.flags &AUTHENTICATOR_NEW);

	fob_client(&f, "get", challenge, client);
	fob_data(&f, f.flags, data);
	s = (struct authenticator_signed){
		{(char *)data, sizeof(data)}, str_from(client), {(char *)sig, fob_sign(&f, data, client, sig)}};
	assert_int_equal(authenticator_read(s.data, &later), ERR_OK);
	assert_memory_equal(later.rp_sha256, new.rp_sha256, 32);
	assert_int_equal(authenticator_verify(new.point, &s), ERR_OK);
	client[10] ^= 1;
	assert_int_equal(authenticator_verify(new.point, &s), ERR_SIGNATURE);
	client[10] ^= 1;
	data[32] ^= 1;
	assert_int_equal(authenticator_verify(new.point, &s), ERR_SIGNATURE);
	data[32] ^= 1;
	s.signature.len--;
	assert_int_equal(authenticator_verify(new.point, &s), ERR_SIGNATURE);
	s.signature.len = 0;
	assert_int_equal(authenticator_verify(new.point, &s), ERR_SIGNATURE);
}

static void every_cut_of_it_is_refused(void **state)
{
	uint8_t bytes[FOB_ATTESTATION_MAX];
	struct authenticator a;
	struct str whole;
	struct fob f;

	(void)state;
	assert_true(fob_make(&f, 1));
	whole = attestation_of(&f, bytes);
	for (size_t len = 0; len < whole.len; len++)
		assert_int_not_equal(authenticator_read_new(str_sub(whole, 0, len), &a), ERR_OK);
	for (size_t len = 0; len < FOB_DATA; len++)
		assert_int_equal(authenticator_read((struct str){whole.data, len}, &a), ERR_INVALID);
}

static void other_keys_and_points_off_the_curve_are_refused(void **state)
{
	uint8_t bytes[FOB_ATTESTATION_MAX];
	struct authenticator a;
	struct str whole;
	struct fob f;
	char *key;

	(void)state;
	assert_true(fob_make(&f, 1));
	whole = attestation_of(&f, bytes);
	key = (char *)bytes + whole.len - 77;
	key[4] = 0x27; /* EdDSA */
	assert_int_equal(authenticator_read_new(whole, &a), ERR_UNSUPPORTED);
	key[4] = 0x26;
	key[6] = 2; /* P-384 */
	assert_int_equal(authenticator_read_new(whole, &a), ERR_UNSUPPORTED);
	key[6] = 1;
	key[76] ^= 1;
	assert_int_equal(authenticator_read_new(whole, &a), ERR_INVALID);
	key[76] ^= 1;
	assert_int_equal(authenticator_read_new(whole, &a), ERR_OK);
	/* What it says with a signature is no news of a key. */
	fob_data(&f, f.flags | AUTHENTICATOR_NEW, bytes);
	assert_int_equal(authenticator_read((struct str){(char *)bytes, FOB_DATA}, &a), ERR_INVALID);
}

/* -- browsers -- */

static void pages_that_are_not_ours_are_told_apart(void **state)
{
	static const char good[] =
		"{\"type\":\"webauthn.get\",\"challenge\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAA\",\"origin\":\"https://fleet.example\",\"new\":1}";
	static const char *const swaps[][2] = {
		{"webauthn.get", "webauthn.got"},
		{"https://", "http://"},
		{"https://fleet.example", "https://:8444"},
		{"https://fleet.example", "android:apk-key-hash:x"},
		{"AAAAAAAAAA\"", "AAAAAAAAA\""},
		{"AAAAAAAAAA\"", "AAAAAAAAAAAA\""},
		{"\"new\":1", "\"crossOrigin\":true"},
		{"\"new\":1", "\"origin\":\"https://fleet.example\""},
		{"\"new\":1}", "\"new\":1"},
		{"{\"type\"", "[\"type\""},
	};
	struct client_data c;
	char text[512];

	(void)state;
	assert_int_equal(client_data_read(str_from(good), &c), ERR_OK);
	assert_string_equal(c.host, "fleet.example");
	assert_false(c.is_new);
	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++) {
		const char *at = strstr(good, swaps[i][0]);

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, swaps[i][1], at + strlen(swaps[i][0]));
		assert_int_equal(client_data_read(str_from(text), &c), ERR_INVALID);
	}
}

/* -- challenges -- */

static void challenge_is_good_once_soon_and_for_its_purpose(void **state)
{
	static struct challenge_book book = {.key = {7}}, other = {.key = {8}};
	const int64_t now_us = 1000;
	uint8_t c[CHALLENGE_BYTES];

	(void)state;
	challenge_make(&book, STR("sign in"), now_us, c);
	assert_int_equal(challenge_check(&book, STR("sign in"), now_us, c), ERR_OK);
	assert_int_equal(challenge_check(&book, STR("add for ada"), now_us, c), ERR_INVALID);
	assert_int_equal(challenge_check(&other, STR("sign in"), now_us, c), ERR_INVALID);
	assert_int_equal(challenge_check(&book, STR("sign in"), now_us + CHALLENGE_GOOD_US, c), ERR_OK);
	assert_int_equal(challenge_check(&book, STR("sign in"), now_us + CHALLENGE_GOOD_US + 1, c), ERR_EXPIRED);
	assert_int_equal(challenge_use(&book, now_us, c), ERR_OK);
	assert_int_equal(challenge_check(&book, STR("sign in"), now_us, c), ERR_REPLAYED);
	assert_int_equal(challenge_check(&book, STR("sign in"), now_us + CHALLENGE_GOOD_US, c), ERR_REPLAYED);
	for (unsigned i = 0; i < CHALLENGE_BYTES; i++) {
		c[i] ^= 1;
		assert_int_equal(challenge_check(&book, STR("sign in"), now_us, c), ERR_INVALID);
		c[i] ^= 1;
	}
}

static void used_challenges_are_kept_until_they_are_too_old(void **state)
{
	static struct challenge_book book = {.key = {7}};
	uint8_t first[CHALLENGE_BYTES], c[CHALLENGE_BYTES];

	(void)state;
	challenge_make(&book, STR("x"), 1, first);
	assert_int_equal(challenge_use(&book, 1, first), ERR_OK);
	for (int64_t i = 1; i < CHALLENGE_USED_MAX; i++) {
		challenge_make(&book, STR("x"), 1 + i, c);
		assert_int_equal(challenge_use(&book, 1 + i, c), ERR_OK);
	}
	challenge_make(&book, STR("x"), 1000, c);
	assert_int_equal(challenge_use(&book, 1000, c), ERR_BUSY);
	assert_int_equal(challenge_check(&book, STR("x"), 1000, first), ERR_REPLAYED);
	assert_int_equal(challenge_use(&book, CHALLENGE_GOOD_US + 2, c), ERR_OK);
	assert_int_equal(challenge_check(&book, STR("x"), CHALLENGE_GOOD_US + 2, first), ERR_EXPIRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_read_to_their_end),
		cmocka_unit_test(nested_items_are_passed_over_whole),
		cmocka_unit_test(lengths_that_are_not_there_are_refused),
		cmocka_unit_test(new_key_is_read_and_its_signatures_verify),
		cmocka_unit_test(every_cut_of_it_is_refused),
		cmocka_unit_test(other_keys_and_points_off_the_curve_are_refused),
		cmocka_unit_test(pages_that_are_not_ours_are_told_apart),
		cmocka_unit_test(challenge_is_good_once_soon_and_for_its_purpose),
		cmocka_unit_test(used_challenges_are_kept_until_they_are_too_old),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
