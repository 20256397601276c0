/* SPDX-License-Identifier: Apache-2.0 */
/* The times of a certificate that mbedTLS made, and bytes that are none. */
#include "agent/actor/audit/audit_expiry.h"

#include "agent/base/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static size_t make(uint8_t cert[KEY_CERT_MAX], int64_t from_s, int64_t until_s)
{
	struct key_der private_key, public_key;
	struct key_cert_request request = {.kind = KEY_CERT_CA,
					   .subject_key = &public_key,
					   .issuer_key = &private_key,
					   .subject = "CN=a",
					   .issuer = "CN=a",
					   .serial = {1},
					   .not_before_s = from_s,
					   .not_after_s = until_s};
	size_t len;

	assert_int_equal(key_generate(key_random_kernel, &private_key), ERR_OK);
	assert_int_equal(key_public(&private_key, &public_key), ERR_OK);
	assert_int_equal(key_cert(&request, key_random_kernel, cert, &len), ERR_OK);
	return len;
}

static void times_are_those_it_was_made_with(void **state)
{
	/* The second one is beyond 2049, so that it is written in the other way. */
	static const int64_t until_s[] = {1800000001, 3000000059};
	uint8_t cert[KEY_CERT_MAX];
	struct audit_expiry e;
	size_t len;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		len = make(cert, 1700000000, until_s[i]);
		assert_true(audit_expiry_read((struct str){(const char *)cert, len}, &e));
		assert_true(e.from_s == 1700000000 && e.until_s == until_s[i]);
	}
}

static void a_part_of_a_certificate_is_none(void **state)
{
	uint8_t cert[KEY_CERT_MAX];
	struct audit_expiry e;
	size_t len = make(cert, 1700000000, 1800000000);

	(void)state;
	for (size_t part = 0; part < len; part++)
		assert_false(audit_expiry_read((struct str){(const char *)cert, part}, &e));
	cert[1] = 0x84;
	assert_false(audit_expiry_read((struct str){(const char *)cert, len}, &e));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_those_it_was_made_with),
		cmocka_unit_test(a_part_of_a_certificate_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
