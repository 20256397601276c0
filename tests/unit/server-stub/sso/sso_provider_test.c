/* SPDX-License-Identifier: Apache-2.0 */
/* A provider's document, and what is asked of it. */
#include "server-stub/sso/ask.h"
#include "server-stub/sso/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void addresses_are_https_with_a_host_and_nothing_odd(void **state)
{
	static const char *const good[] = {"https://a", "https://a.example/x/y?z=1", "https://[::1]:8443/x",
					   "https://192.0.2.1"};
	static const char *const bad[] = {"",
					  "http://a",
					  "https://",
					  "https:///x",
					  "//a",
					  "https://u@a/",
					  "https://a/#b",
					  "https://a b",
					  "https://a\n",
					  "https://a\"b",
					  "https://a:b/",
					  "https://a:0/",
					  "https://a:70000/",
					  "https://:1/",
					  "javascript:x",
					  "https://a\\@b/",
					  "https://\xc3\xa9/"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(provider_url_good(str_from(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (provider_url_good(str_from(bad[i])))
			print_error("%s\n", bad[i]);
		assert_false(provider_url_good(str_from(bad[i])));
	}
	assert_int_equal(provider_url_port(STR("https://[::1]:8443/x")), 8443);
	assert_int_equal(provider_url_port(STR("https://[::1]/x")), 443);
}

#define THREE                                                                                                     \
	"\"authorization_endpoint\":\"https://i/a\",\"token_endpoint\":\"https://i/t\",\"jwks_uri\":\"https://i/" \
	"k\""

static void document_is_of_its_issuer_and_offers_what_is_needed(void **state)
{
	static const struct {
		const char *text;
		enum verdict wanted;
	} cases[] = {
		{"{\"issuer\":\"https://i\"," THREE "}", VERDICT_GOOD},
		{"{\"issuer\":\"https://i\"," THREE
		 ",\"code_challenge_methods_supported\":[\"plain\",\"S256\"],\"response_types_supported\":[\"code\"]}",
		 VERDICT_GOOD},
		{"{\"issuer\":\"https://i\"," THREE ",\"code_challenge_methods_supported\":[\"plain\"]}",
		 VERDICT_NO_CODE},
		{"{\"issuer\":\"https://i\"," THREE ",\"response_types_supported\":[\"id_token\"]}", VERDICT_NO_CODE},
		{"{\"issuer\":\"https://i/\"," THREE "}", VERDICT_ISSUER},
		{"{\"issuer\":[\"https://i\"]," THREE "}", VERDICT_ISSUER},
		{"{" THREE "}", VERDICT_ISSUER},
		{"{\"issuer\":\"https://i\",\"authorization_endpoint\":\"https://i/a\",\"jwks_uri\":\"https://i/k\"}",
		 VERDICT_MISSING},
		{"{\"issuer\":\"https://i\",\"authorization_endpoint\":\"https://i/a\",\"token_endpoint\":7}",
		 VERDICT_MISSING},
		{"{\"issuer\":\"https://i\",\"authorization_endpoint\":\"javascript:alert(1)\"}", VERDICT_URL},
		{"{\"issuer\":\"https://i\",\"authorization_endpoint\":\"http://i/a\"}", VERDICT_URL},
		{"", VERDICT_JSON},
		{"[]", VERDICT_JSON},
		{"{\"issuer\":\"https://i\",\"issuer\":\"https://i\"," THREE "}", VERDICT_JSON},
	};
	struct provider p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(provider_read(str_from(cases[i].text), "https://i", &p), cases[i].wanted);
}

/* RFC 8414 section 2: a list that is absent is client_secret_basic, but providers that know public clients may not say
 * so.
 */
static void ways_to_prove_oneself_are_those_of_the_document(void **state)
{
	struct provider p;

	(void)state;
	assert_int_equal(provider_read(STR("{\"issuer\":\"https://i\"," THREE "}"), "https://i", &p), VERDICT_GOOD);
	assert_true(p.takes_basic && p.takes_none);
	assert_int_equal(provider_read(STR("{\"issuer\":\"https://i\"," THREE
					   ",\"token_endpoint_auth_methods_supported\":[\"none\"]}"),
				       "https://i", &p),
			 VERDICT_GOOD);
	assert_true(!p.takes_basic && p.takes_none);
}

static void document_of_an_issuer_is_below_it(void **state)
{
	char url[PROVIDER_URL_MAX], issuer[PROVIDER_URL_MAX];

	(void)state;
	assert_true(provider_document("https://i/realm/", url));
	assert_string_equal(url, "https://i/realm/.well-known/openid-configuration");
	memset(issuer, 'x', sizeof(issuer));
	issuer[sizeof(issuer) - 1] = '\0';
	assert_false(provider_document(issuer, url));
}

/* The verifier and its challenge are those of RFC 7636, appendix B. */
static void sign_in_is_asked_for_with_pkce(void **state)
{
	static const struct ask_client client = {"a b", "", "https://f:1/sso/return", "openid x", "gold"};
	static const struct ask_secrets secrets = {"S", "N", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"};
	char text[ASK_URL_MAX];
	struct buf b = buf_over(text, sizeof(text) - 1);

	(void)state;
	ask_sign_in(&b, "https://i/a?tenant=1", &client, &secrets);
	text[b.len] = '\0';
	assert_string_equal(text,
			    "https://i/a?tenant=1&response_type=code&client_id=a%20b&redirect_uri=https%3A%2F%2Ff%3A1%"
			    "2Fsso%2Freturn&scope=openid%20x&state=S&nonce=N&code_challenge=E9Melhoa2OwvFrEMTJguCHaoe"
			    "K1t8URWbuGJSstw-cM&code_challenge_method=S256&acr_values=gold");
	b = buf_over(text, 40);
	ask_sign_in(&b, "https://i/a", &client, &secrets);
	assert_true(b.overflow);
}

static void code_is_redeemed_with_a_secret_or_as_a_public_client(void **state)
{
	const struct ask_client secret = {"caltrop", "a:b%", "https://f/sso/return", "", ""};
	const struct ask_client public = {"caltrop", "", "https://f/sso/return", "", ""};
	char text[ASK_BODY_MAX];
	struct buf b = buf_over(text, sizeof(text) - 1);

	(void)state;
	ask_redeem(&b, &secret, "c&client_id=x", "v");
	text[b.len] = '\0';
	assert_string_equal(text,
			    "grant_type=authorization_code&code=c%26client_id%3Dx&redirect_uri=https%3A%2F%2Ff%2Fsso%"
			    "2Freturn&code_verifier=v");
	b = buf_over(text, sizeof(text) - 1);
	ask_redeem(&b, &public, "c", "v");
	text[b.len] = '\0';
	assert_non_null(strstr(text, "&client_id=caltrop"));
	b = buf_over(text, sizeof(text) - 1);
	ask_basic(&b, &secret);
	text[b.len] = '\0';
	assert_string_equal(text, "Basic Y2FsdHJvcDphJTNBYiUyNQ==");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_https_with_a_host_and_nothing_odd),
		cmocka_unit_test(document_is_of_its_issuer_and_offers_what_is_needed),
		cmocka_unit_test(ways_to_prove_oneself_are_those_of_the_document),
		cmocka_unit_test(document_of_an_issuer_is_below_it),
		cmocka_unit_test(sign_in_is_asked_for_with_pkce),
		cmocka_unit_test(code_is_redeemed_with_a_secret_or_as_a_public_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
