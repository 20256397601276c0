/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/cli/pkcs11_uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct pkcs11_uri uri;
static char why[PKCS11_URI_WHY_MAX];

static void uri_finds_token_and_key(void **state)
{
	(void)state;
	assert_int_equal(
		pkcs11_uri_read("pkcs11:token=The%20Desk;object=ada%3B1;id=%01%aB;type=private;serial=7;model=m;"
				"manufacturer=x?module-path=/usr/lib/a.so&pin-source=file:/root/pin",
				&uri, why),
		ERR_OK);
	assert_string_equal(uri.token, "The Desk");
	assert_string_equal(uri.object, "ada;1");
	assert_int_equal(uri.id_len, 2);
	assert_memory_equal(uri.id, "\x01\xab", 2);
	assert_string_equal(uri.serial, "7");
	assert_string_equal(uri.module_path, "/usr/lib/a.so");
	assert_string_equal(uri.pin_source, "file:/root/pin");
	assert_int_equal(pkcs11_uri_read("pkcs11:id=%00", &uri, why), ERR_OK);
	assert_int_equal(uri.id_len, 1);
	assert_string_equal(uri.token, "");
	assert_true(pkcs11_uri_is("pkcs11:"));
	assert_false(pkcs11_uri_is("ada.pem"));
}

/* RFC 7512 lets a reader ignore nothing that it does not know in the path. */
static void uri_that_says_more_or_less_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"pkcs11:", "names no key"},
		{"pkcs11:token=desk", "names no key"},
		{"pkcs11:object=", "'object' with a value that is empty"},
		{"pkcs11:object=a;object=b", "'object' twice"},
		{"pkcs11:object=a%", "wrongly escaped"},
		{"pkcs11:object=a%4", "wrongly escaped"},
		{"pkcs11:object=a%0g", "wrongly escaped"},
		{"pkcs11:object=a%00b", "wrongly escaped"},
		{"pkcs11:object=a;id=%0", "wrongly escaped"},
		{"pkcs11:object=a;slot-id=1", "'slot-id', which is not known here"},
		{"pkcs11:object=a;type=cert", "'type', which is not known here"},
		{"pkcs11:object=a;;", "'', which is not NAME=VALUE"},
		{"pkcs11:object", "'object', which is not NAME=VALUE"},
		{"pkcs11:object=a?pin-value=1234", "use pin-source=FILE"},
		{"pkcs11:object=a?module-name=x", "'module-name', which is not known here"},
		{"pkcs11:object=a;token=12345678901234567890123456789012x", "'token' with a value"},
		{"ada.pem", "does not begin with pkcs11:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(pkcs11_uri_read(cases[i].text, &uri, why), ERR_INVALID);
		if (!strstr(why, cases[i].why))
			fail_msg("%s: %s", cases[i].text, why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uri_finds_token_and_key),
		cmocka_unit_test(uri_that_says_more_or_less_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
