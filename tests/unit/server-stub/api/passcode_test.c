/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of the second factor, with the test values of RFC 4226 (appendix D) and RFC 6238 (appendix B, SHA-1). */
#include "server-stub/api/passcode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t secret[PERSON_TOTP + 1] = "12345678901234567890";

static void numbers_are_those_of_rfc_4226(void **state)
{
	static const uint32_t wanted[] = {755224, 287082, 359152, 969429, 338314,
					  254676, 287922, 162583, 399871, 520489};

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(passcode_number(secret, i), wanted[i]);
}

static void codes_are_those_of_rfc_6238(void **state)
{
	static const struct {
		int64_t now_s;
		const char *code;
	} cases[] = {
		{59, "287082"},		{1111111109, "081804"}, {1111111111, "050471"},
		{1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(passcode_step(secret, str_from(cases[i].code), 0, cases[i].now_s),
				 cases[i].now_s / 30);
}

/* The code that the app shows at that time. */
static const char *code_at(int64_t now_s)
{
	static char text[8];

	snprintf(text, sizeof(text), "%06u", passcode_number(secret, (uint64_t)now_s / 30));
	return text;
}

static struct person enrolled(void)
{
	struct person u = {.name = "ada"};

	memcpy(u.totp, secret, PERSON_TOTP);
	return u;
}

/* Zeros are the secret of nobody; their codes are everybody's. */
static void whoever_has_a_passkey_alone_has_no_codes(void **state)
{
	struct person u = {.name = "ada", .passkeys = 1};
	char code[8];

	(void)state;
	snprintf(code, sizeof(code), "%06u", passcode_number(u.totp, 2000000010 / 30));
	assert_false(passcode_use(&u, str_from(code), 2000000010));
}

static void clocks_may_differ_by_one_step(void **state)
{
	const int64_t now_s = 2000000010;

	(void)state;
	for (int64_t apart = -3; apart <= 3; apart++) {
		struct person u = enrolled();

		assert_true(passcode_use(&u, str_from(code_at(now_s + 30 * apart)), now_s) ==
			    (apart >= -1 && apart <= 1));
	}
}

static void code_is_good_once_and_no_earlier_one_after_it(void **state)
{
	const int64_t now_s = 2000000010;
	struct person u = enrolled();

	(void)state;
	assert_true(passcode_use(&u, str_from(code_at(now_s)), now_s));
	assert_false(passcode_use(&u, str_from(code_at(now_s)), now_s));
	assert_false(passcode_use(&u, str_from(code_at(now_s)), now_s + 30));
	assert_false(passcode_use(&u, str_from(code_at(now_s - 30)), now_s));
	assert_true(passcode_use(&u, str_from(code_at(now_s + 30)), now_s));
}

static void recovery_code_is_good_once_however_it_is_written(void **state)
{
	static const char *const forms[] = {"aebagbafaydqqcik", "AEBA-GBAF-AYDQ-QCIK", " aeba gbaf aydq qcik "};
	static const uint8_t random[PASSCODE_RECOVERY_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	char text[PASSCODE_RECOVERY_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct person u = enrolled();

		passcode_recovery(random, text, u.recovery[7]);
		assert_string_equal(text, "aeba-gbaf-aydq-qcik");
		assert_int_equal(passcode_left(&u), 1);
		assert_false(passcode_use(&u, STR("aebagbafaydqqcil"), 2000000000));
		assert_true(passcode_use(&u, str_from(forms[i]), 2000000000));
		assert_false(passcode_use(&u, str_from(forms[i]), 2000000000));
		assert_int_equal(passcode_left(&u), 0);
	}
}

static void what_is_no_code_is_none(void **state)
{
	static const struct {
		const char *text;
		enum passcode_kind kind;
	} cases[] = {
		{"123456", PASSCODE_TIMED},
		{"123 456", PASSCODE_TIMED},
		{"abcdefghijklmnop", PASSCODE_RECOVERY},
		{"", PASSCODE_NONE},
		{"12345", PASSCODE_NONE},
		{"1234567", PASSCODE_NONE},
		{"12345a", PASSCODE_NONE},
		{"+12345", PASSCODE_NONE},
		{"abcdefghijklmno1", PASSCODE_NONE},
		{"abcdefghijklmnopq", PASSCODE_NONE},
	};
	struct person u = enrolled(), nobody = {.name = "eve"};
	char zeros[8];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(passcode_kind(str_from(cases[i].text)), cases[i].kind);
		assert_false(passcode_use(&u, str_from(cases[i].text), 2000000000));
	}
	/* Whoever has no factor has no secret of zeros either. */
	snprintf(zeros, sizeof(zeros), "%06u", passcode_number(nobody.totp, 2000000000 / 30));
	assert_false(passcode_use(&nobody, str_from(zeros), 2000000000));
}

static void secret_is_shown_as_apps_take_it(void **state)
{
	char text[PASSCODE_SECRET_TEXT], uri[PASSCODE_URI_MAX];
	struct person u = {.name = "ada lo"};

	(void)state;
	memcpy(u.totp_next, secret, PERSON_TOTP);
	passcode_secret(secret, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	passcode_uri(&u, "fleet.example", uri);
	assert_string_equal(uri, "otpauth://totp/Caltrop:ada%20lo%40fleet.example?secret="
				 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Caltrop");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_those_of_rfc_4226),
		cmocka_unit_test(codes_are_those_of_rfc_6238),
		cmocka_unit_test(whoever_has_a_passkey_alone_has_no_codes),
		cmocka_unit_test(clocks_may_differ_by_one_step),
		cmocka_unit_test(code_is_good_once_and_no_earlier_one_after_it),
		cmocka_unit_test(recovery_code_is_good_once_however_it_is_written),
		cmocka_unit_test(what_is_no_code_is_none),
		cmocka_unit_test(secret_is_shown_as_apps_take_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
