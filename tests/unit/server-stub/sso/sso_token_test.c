/* SPDX-License-Identifier: Apache-2.0 */
/* ID tokens from their text to an account and a role: keys, signatures, claims, and every refusal. */
#include "server-stub/sso/identity.h"
#include "server-stub/sso/jwt.h"
#include "server-stub/sso/keyring.h"
#include "tests/unit/server-stub/sso/fixtures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct keyring keys;
static struct jwt token;

static enum verdict verify(const char *text)
{
	const struct keyring_key *key;
	enum verdict v = jwt_read(str_from(text), &token);

	if (v != VERDICT_GOOD)
		return v;
	key = keyring_find(&keys, token.id, token.method);
	return key ? keyring_verify(key, token.method, token.signed_part,
				    (struct str){(const char *)token.signature, token.signature_len})
		   : VERDICT_KEY_UNKNOWN;
}

static int read_keys(void **state)
{
	(void)state;
	return keyring_read(STR(SET), &keys) == VERDICT_GOOD ? 0 : -1;
}

static void keys_that_are_not_for_signatures_are_passed_over(void **state)
{
	(void)state;
	assert_int_equal(keys.count, 3);
	assert_null(keyring_find(&keys, "secret", KEYRING_RS256));
	assert_null(keyring_find(&keys, "enc", KEYRING_RS256));
	assert_null(keyring_find(&keys, "big", KEYRING_ES256));
}

static void signatures_of_the_three_kinds_verify(void **state)
{
	(void)state;
	assert_int_equal(verify(RS256), VERDICT_GOOD);
	assert_int_equal(verify(PS256), VERDICT_GOOD);
	assert_int_equal(verify(ES256), VERDICT_GOOD);
	/* The only key of its kind. */
	assert_int_equal(verify(NO_KID), VERDICT_GOOD);
}

static void what_is_signed_in_another_way_is_refused(void **state)
{
	(void)state;
	assert_int_equal(verify(NONE), VERDICT_ALGORITHM);
	assert_int_equal(verify(HS256), VERDICT_ALGORITHM);
	assert_int_equal(verify(CRITICAL), VERDICT_CRITICAL);
	assert_int_equal(verify(OTHER_KEY), VERDICT_SIGNATURE);
}

/* A key is for its own kind of signature, whatever the token says. */
static void key_of_another_kind_verifies_nothing(void **state)
{
	const struct keyring_key *rsa = keyring_find(&keys, "r", KEYRING_RS256);
	const struct keyring_key *point = keyring_find(&keys, "e", KEYRING_ES256);
	const struct str bytes = STR("bytes");

	(void)state;
	assert_null(keyring_find(&keys, "r", KEYRING_ES256));
	assert_null(keyring_find(&keys, "e", KEYRING_RS256));
	/* Its alg says RS256. */
	assert_null(keyring_find(&keys, "r2", KEYRING_PS256));
	/* Two fit. */
	assert_null(keyring_find(&keys, "", KEYRING_RS256));
	assert_int_equal(keyring_verify(rsa, KEYRING_ES256, bytes, bytes), VERDICT_KEY_BAD);
	assert_int_equal(keyring_verify(point, KEYRING_RS256, bytes, bytes), VERDICT_KEY_BAD);
	assert_int_equal(keyring_verify(rsa, KEYRING_NONE, bytes, bytes), VERDICT_ALGORITHM);
	assert_int_equal(keyring_verify(rsa, KEYRING_RS256, bytes, STR_NONE), VERDICT_SIGNATURE);
	assert_int_equal(keyring_verify(point, KEYRING_ES256, bytes, bytes), VERDICT_SIGNATURE);
}

/* The last bit of a base64url text may not count, so that place is left out. */
static void token_that_was_changed_anywhere_is_refused(void **state)
{
	static const char *const tokens[] = {RS256, PS256, ES256};
	char text[2048];

	(void)state;
	for (size_t t = 0; t < sizeof(tokens) / sizeof(tokens[0]); t++)
		for (size_t i = 0; i + 1 < strlen(tokens[t]); i += 3) {
			snprintf(text, sizeof(text), "%s", tokens[t]);
			text[i] = text[i] == 'A' ? 'B' : 'A';
			assert_int_not_equal(verify(text), VERDICT_GOOD);
		}
}

static void token_that_is_none_is_refused(void **state)
{
	static const char *const texts[] = {"",
					    ".",
					    "..",
					    "a.b.c",
					    "e30.e30.e30",
					    "eyJhbGciOiJSUzI1NiJ9.e30",
					    "eyJhbGciOiJSUzI1NiJ9.e30.",
					    "eyJhbGciOiJSUzI1NiJ9..AA",
					    "eyJhbGciOiJSUzI1NiJ9.e30.AA.AA",
					    "eyJhbGciOiJSUzI1NiJ9.e30=.AA",
					    "eyJhbGciOiJSUzI1NiJ9.e3+.AA",
					    "W10.e30.AA"};
	char *huge = calloc(1, JWT_TEXT_MAX + 2);

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_not_equal(verify(texts[i]), VERDICT_GOOD);
	memset(huge, 'A', JWT_TEXT_MAX + 1);
	assert_int_equal(verify(huge), VERDICT_TOKEN);
	free(huge);
}

static void set_of_bad_keys_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum verdict wanted;
	} cases[] = {
		{"", VERDICT_JSON},
		{"[]", VERDICT_JSON},
		{"{\"keys\":[],\"keys\":[]}", VERDICT_JSON},
		{"{}", VERDICT_MISSING},
		{"{\"keys\":{}}", VERDICT_MISSING},
		{"{\"keys\":[1]}", VERDICT_KEY_BAD},
		{"{\"keys\":[{\"kty\":\"RSA\"}]}", VERDICT_KEY_BAD},
		{"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", VERDICT_KEY_BAD},
		{SHORT_SET, VERDICT_KEY_BAD},
		{"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AQ\"}]}", VERDICT_KEY_BAD},
		{"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"RS256\",\"x\":\"AQ\",\"y\":\"AQ\"}]}",
		 VERDICT_KEY_BAD},
		{"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":7,\"x\":\"AQ\",\"y\":\"AQ\"}]}",
		 VERDICT_KEY_BAD},
		{"{\"keys\":[]}", VERDICT_GOOD},
		{"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}", VERDICT_GOOD},
	};
	static struct keyring k;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(keyring_read(str_from(cases[i].text), &k), cases[i].wanted);
		assert_int_equal(k.count, 0);
	}
}

static void set_with_more_keys_than_are_read_is_refused(void **state)
{
	static struct keyring k;
	static char text[8192];
	size_t len = (size_t)snprintf(text, sizeof(text), "{\"keys\":[");

	(void)state;
	for (unsigned i = 0; i <= KEYRING_KEYS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}", i ? "," : "");
	snprintf(text + len, sizeof(text) - len, "]}");
	assert_int_equal(keyring_read(str_from(text), &k), VERDICT_KEYS_MANY);
}

/* x and y of no point: it is read, and verifies nothing. */
static void point_that_is_not_on_the_curve_verifies_nothing(void **state)
{
	static struct keyring k;
	static const char signature[64];

	(void)state;
	assert_int_equal(
		keyring_read(STR("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}]}"), &k),
		VERDICT_GOOD);
	assert_int_equal(keyring_verify(&k.keys[0], KEYRING_ES256, STR("x"), (struct str){signature, 64}),
			 VERDICT_KEY_BAD);
}

/* -- claims -- */

static const struct grant grant = {
	.claim = "groups",
	.groups = {[GRANT_ADMIN] = "root; admins", [GRANT_RESPONDER] = "soc", [GRANT_VIEWER] = "all"},
	.amr = "mfa; hwk",
	.acr = "gold",
};

#define NOW 1800000010
#define FRONT "\"iss\":\"https://idp.example\",\"sub\":\"ada\",\"nonce\":\"n\",\"groups\":[\"all\"],"
#define TIMES "\"exp\":1800000300,\"iat\":1800000000"

static enum verdict judge(const char *claims, struct identity *out)
{
	const struct identity_ask ask = {"https://idp.example", "caltrop", "n", NOW, &grant};

	return identity_read(str_from(claims), &ask, out);
}

static void claims_of_a_token_become_an_account_and_a_role(void **state)
{
	const struct identity_ask ask = {"https://idp.example", "caltrop", "nonce-of-this", NOW, &grant};
	struct identity id;

	(void)state;
	assert_int_equal(verify(RS256), VERDICT_GOOD);
	assert_int_equal(identity_read((struct str){token.payload, token.payload_len}, &ask, &id), VERDICT_GOOD);
	assert_memory_equal(id.account, "sso:ada:", 8);
	assert_int_equal(strlen(id.account), 8 + 24);
	assert_string_equal(id.shown, "ada@example.org");
	assert_string_equal(id.role, "admin");
	assert_false(id.factor);
}

static void claims_that_are_not_for_this_sign_in_are_refused(void **state)
{
	static const struct {
		const char *claims;
		enum verdict wanted;
	} cases[] = {
		{"{" FRONT TIMES ",\"aud\":\"caltrop\"}", VERDICT_GOOD},
		{"{" FRONT TIMES ",\"aud\":[\"caltrop\"]}", VERDICT_GOOD},
		{"{" FRONT TIMES ",\"aud\":[\"x\",\"caltrop\"],\"azp\":\"caltrop\"}", VERDICT_GOOD},
		{"{" FRONT TIMES ",\"aud\":[\"x\",\"caltrop\"]}", VERDICT_AUDIENCE},
		{"{" FRONT TIMES ",\"aud\":[\"x\",\"caltrop\"],\"azp\":\"x\"}", VERDICT_AUDIENCE},
		{"{" FRONT TIMES ",\"aud\":\"caltrop\",\"azp\":[\"caltrop\"]}", VERDICT_AUDIENCE},
		{"{" FRONT TIMES ",\"aud\":\"caltro\"}", VERDICT_AUDIENCE},
		{"{" FRONT TIMES "}", VERDICT_AUDIENCE},
		{"{\"iss\":\"https://idp.example/\",\"aud\":\"caltrop\"," TIMES "}", VERDICT_ISSUER},
		{"{\"iss\":[\"https://idp.example\"],\"aud\":\"caltrop\"," TIMES "}", VERDICT_ISSUER},
		{"{\"aud\":\"caltrop\"," TIMES "}", VERDICT_ISSUER},
		{"{" FRONT "\"aud\":\"caltrop\",\"iat\":1800000000}", VERDICT_MISSING},
		{"{" FRONT "\"aud\":\"caltrop\",\"exp\":1800000300}", VERDICT_MISSING},
		{"{" FRONT "\"aud\":\"caltrop\",\"exp\":\"1800000300\",\"iat\":1800000000}", VERDICT_MISSING},
		{"{" FRONT "\"aud\":\"caltrop\",\"exp\":-1,\"iat\":1800000000}", VERDICT_MISSING},
		{"{" FRONT "\"aud\":\"caltrop\",\"exp\":1e300,\"iat\":1800000000}", VERDICT_MISSING},
		{"{" FRONT TIMES ",\"aud\":\"caltrop\",\"nbf\":\"x\"}", VERDICT_MISSING},
		{"{" FRONT TIMES ",\"aud\":\"caltrop\",\"nbf\":1800000071}", VERDICT_NOT_YET},
		{"{" FRONT TIMES ",\"aud\":\"caltrop\",\"nbf\":1800000070.5}", VERDICT_GOOD},
		{"{" FRONT "\"aud\":\"caltrop\",\"exp\":1800000300,\"iat\":1800000071}", VERDICT_NOT_YET},
		{"{" FRONT "\"aud\":\"caltrop\",\"exp\":1799999950,\"iat\":1799999900}", VERDICT_EXPIRED},
		{"{" FRONT "\"aud\":\"caltrop\",\"exp\":1799999951,\"iat\":1799999900}", VERDICT_GOOD},
		{"{" FRONT "\"aud\":\"caltrop\",\"exp\":1900000000,\"iat\":1799999409}", VERDICT_EXPIRED},
		{"{\"iss\":\"https://idp.example\",\"aud\":\"caltrop\",\"sub\":\"a\"," TIMES "}", VERDICT_NONCE},
		{"{\"iss\":\"https://idp.example\",\"aud\":\"caltrop\",\"sub\":\"a\",\"nonce\":[\"n\"]," TIMES "}",
		 VERDICT_NONCE},
		{"{\"iss\":\"https://idp.example\",\"aud\":\"caltrop\",\"sub\":\"a\",\"nonce\":\"N\"," TIMES "}",
		 VERDICT_NONCE},
		{"{\"iss\":\"https://idp.example\",\"aud\":\"caltrop\",\"nonce\":\"n\"," TIMES "}", VERDICT_MISSING},
		{"{\"iss\":\"https://idp.example\",\"aud\":\"caltrop\",\"sub\":\"\",\"nonce\":\"n\"," TIMES "}",
		 VERDICT_MISSING},
		{"{\"iss\":\"https://idp.example\",\"aud\":\"caltrop\",\"sub\":\"a\\nb\",\"nonce\":\"n\"," TIMES "}",
		 VERDICT_MISSING},
		{"{\"iss\":\"https://idp.example\",\"aud\":\"caltrop\",\"sub\":\"a\",\"nonce\":\"n\"," TIMES "}",
		 VERDICT_NO_ROLE},
		{"[]", VERDICT_TOKEN},
		{"", VERDICT_TOKEN},
	};
	struct identity id;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum verdict v = judge(cases[i].claims, &id);

		if (v != cases[i].wanted)
			print_error("%s: %s\n", cases[i].claims, verdict_text(v));
		assert_int_equal(v, cases[i].wanted);
		if (v != VERDICT_GOOD)
			assert_string_equal(id.role, "");
	}
}

static void role_is_the_first_whose_group_is_named(void **state)
{
	static const struct {
		const char *groups, *role;
	} cases[] = {
		{"[\"all\",\"soc\"]", "responder"},
		{"\"admins\"", "admin"},
		{"[\"all\"]", "viewer"},
		{"[\"ALL\"]", NULL},
		{"[]", NULL},
		{"null", NULL},
		{"\"root; admins\"", NULL},
		{"\"\"", NULL},
		{"{\"admins\":1}", NULL},
		{"[[\"admins\"]]", NULL},
		{"[\"*\"]", NULL},
	};
	char claims[512];
	struct identity id;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(claims, sizeof(claims),
			 "{\"iss\":\"https://idp.example\",\"aud\":\"caltrop\",\"sub\":\"a\",\"nonce\":\"n\"," TIMES
			 ",\"groups\":%s}",
			 cases[i].groups);
		assert_int_equal(judge(claims, &id), cases[i].role ? VERDICT_GOOD : VERDICT_NO_ROLE);
		assert_string_equal(id.role, cases[i].role ? cases[i].role : "");
	}
}

static void second_factor_is_what_the_settings_trust(void **state)
{
	static const struct {
		const char *more;
		bool wanted;
	} cases[] = {
		{"\"amr\":[\"pwd\",\"mfa\"]", true}, {"\"amr\":[\"pwd\"]", false}, {"\"amr\":\"hwk\"", true},
		{"\"acr\":\"gold\"", true},	     {"\"acr\":\"mfa\"", false},   {"\"amr\":[\"gold\"]", false},
	};
	char claims[512];
	struct identity id;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(claims, sizeof(claims), "{" FRONT TIMES ",\"aud\":\"caltrop\",%s}", cases[i].more);
		assert_int_equal(judge(claims, &id), VERDICT_GOOD);
		assert_int_equal(id.factor, cases[i].wanted);
	}
}

static void accounts_are_as_different_as_issuer_and_subject(void **state)
{
	char a[IDENTITY_ACCOUNT_MAX], b[IDENTITY_ACCOUNT_MAX], long_one[IDENTITY_SUBJECT_MAX];

	(void)state;
	identity_account("https://idp.example", "ada", a);
	identity_account("https://idp.example", "ada", b);
	assert_string_equal(a, b);
	identity_account("https://idp.example/", "ada", b);
	assert_string_not_equal(a, b);
	identity_account("https://idp.example", "ad/a", b);
	assert_string_not_equal(a, b);
	assert_memory_equal(b, "sso:ada:", 8);
	identity_account("https://idp.examplea", "da", b);
	assert_string_not_equal(a + 7, b + 6);
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	identity_account("https://idp.example", long_one, a);
	assert_int_equal(strlen(a), 4 + 24 + 1 + 24);
	long_one[100] = 'y';
	identity_account("https://idp.example", long_one, b);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_are_not_for_signatures_are_passed_over),
		cmocka_unit_test(signatures_of_the_three_kinds_verify),
		cmocka_unit_test(what_is_signed_in_another_way_is_refused),
		cmocka_unit_test(key_of_another_kind_verifies_nothing),
		cmocka_unit_test(token_that_was_changed_anywhere_is_refused),
		cmocka_unit_test(token_that_is_none_is_refused),
		cmocka_unit_test(set_of_bad_keys_is_refused),
		cmocka_unit_test(set_with_more_keys_than_are_read_is_refused),
		cmocka_unit_test(point_that_is_not_on_the_curve_verifies_nothing),
		cmocka_unit_test(claims_of_a_token_become_an_account_and_a_role),
		cmocka_unit_test(claims_that_are_not_for_this_sign_in_are_refused),
		cmocka_unit_test(role_is_the_first_whose_group_is_named),
		cmocka_unit_test(second_factor_is_what_the_settings_trust),
		cmocka_unit_test(accounts_are_as_different_as_issuer_and_subject),
	};

	return cmocka_run_group_tests(tests, read_keys, NULL);
}
