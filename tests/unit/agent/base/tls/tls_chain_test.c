/* SPDX-License-Identifier: Apache-2.0 */
/* Factory certificates made by openssl (chain/make.sh): the good ones with their serial numbers, and each other one
 * with what is wrong with it. */
#include "agent/base/tls/tls_chain.h"

#include "agent/base/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CERTS_MAX 5

struct certs {
	struct tls_chain chain;
	uint8_t der[CERTS_MAX][KEY_CERT_MAX];
};

static size_t load(const char *name, uint8_t der[KEY_CERT_MAX])
{
	char path[128], pem[4096];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "tests/unit/agent/base/tls/chain/%s.pem", name);
	f = fopen(path, "r");
	assert_non_null(f);
	pem[fread(pem, 1, sizeof(pem) - 1, f)] = '\0';
	fclose(f);
	assert_int_equal(key_from_pem("CERTIFICATE", pem, der, KEY_CERT_MAX, &len), ERR_OK);
	return len;
}

/* "leaf issuer ..." */
static struct certs *load_chain(const char *names)
{
	struct certs *c = calloc(1, sizeof(*c));
	char list[128], *rest = list, *name;

	snprintf(list, sizeof(list), "%s", names);
	while ((name = strsep(&rest, " ")) != NULL) {
		size_t len = load(name, c->der[c->chain.count]);

		c->chain.der[c->chain.count] = (struct str){(const char *)c->der[c->chain.count], len};
		c->chain.count++;
	}
	return c;
}

static enum tls_chain_fault judge(const char *names, const char *root, struct tls_chain_facts *facts)
{
	struct certs *c = load_chain(names);
	uint8_t der[KEY_CERT_MAX];
	size_t len = load(root, der);
	enum tls_chain_fault fault = tls_chain_judge(&c->chain, (struct str){(const char *)der, len}, facts);

	free(c);
	return fault;
}

static void good_certificates_have_their_serial_numbers(void **state)
{
	static const char *const cases[][2] = {
		{"good", "SN-0001"},
		{"good root", "SN-0001"},
		{"rsa", "SN-0002"},
		{"p384", "PID:X1 SN:7"},
		{"below middle", "SN-0003"},
		{"below middle root", "SN-0003"},
		{"below root middle", "SN-0003"},
		{"module", "HW-77"},
		{"bytes", "00fe81"},
	};
	struct tls_chain_facts facts;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(judge(cases[i][0], "root", &facts), TLS_CHAIN_GOOD);
		assert_string_equal(facts.serial, cases[i][1]);
		/* 9999-12-31 */
		assert_true(facts.not_after_s == INT64_C(253402300799));
	}
	assert_string_equal(facts.subject, "O=Acme, CN=bytes");
}

static void each_other_one_is_refused_for_what_is_wrong(void **state)
{
	static const struct {
		const char *names, *root;
		enum tls_chain_fault fault;
	} cases[] = {
		{"good", "other", TLS_CHAIN_STRANGE},
		{"below", "root", TLS_CHAIN_STRANGE},
		{"other", "root", TLS_CHAIN_STRANGE},
		{"forged", "root", TLS_CHAIN_FORGED},
		{"by_no_ca no_ca", "root", TLS_CHAIN_NO_CA},
		{"by_no_ca", "no_ca", TLS_CHAIN_NO_CA},
		{"too_long deep middle", "root", TLS_CHAIN_TOO_LONG},
		{"too_long deep", "middle", TLS_CHAIN_TOO_LONG},
		{"weak_rsa", "root", TLS_CHAIN_WEAK},
		{"weak_curve", "root", TLS_CHAIN_WEAK},
		{"weak_hash", "root", TLS_CHAIN_WEAK},
		{"expired", "root", TLS_CHAIN_EXPIRED},
		{"future", "root", TLS_CHAIN_FUTURE},
		{"is_ca", "root", TLS_CHAIN_NO_DEVICE},
		{"root", "root", TLS_CHAIN_NO_DEVICE},
		{"no_signing", "root", TLS_CHAIN_NO_DEVICE},
		{"no_serial", "root", TLS_CHAIN_NO_SERIAL},
		{"two_serials", "root", TLS_CHAIN_NO_SERIAL},
	};
	struct tls_chain_facts facts;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum tls_chain_fault fault = judge(cases[i].names, cases[i].root, &facts);

		if (fault != cases[i].fault)
			print_message("%s under %s\n", cases[i].names, cases[i].root);
		assert_int_equal(fault, cases[i].fault);
		assert_non_null(tls_chain_why(fault));
	}
}

static void a_middle_ca_can_be_the_root_that_is_named(void **state)
{
	struct tls_chain_facts facts;

	(void)state;
	assert_int_equal(judge("below", "middle", &facts), TLS_CHAIN_GOOD);
	assert_int_equal(judge("good", "middle", &facts), TLS_CHAIN_STRANGE);
}

static void bytes_that_are_no_certificates_are_damaged(void **state)
{
	struct certs *c = load_chain("good");
	struct tls_chain_facts facts;
	uint8_t root[KEY_CERT_MAX];
	struct str top = {(const char *)root, load("root", root)};

	(void)state;
	c->chain.count = 0;
	assert_int_equal(tls_chain_judge(&c->chain, top, &facts), TLS_CHAIN_DAMAGED);
	c->chain.count = 1;
	c->chain.der[0].len -= 1;
	assert_int_equal(tls_chain_judge(&c->chain, top, &facts), TLS_CHAIN_DAMAGED);
	c->chain.der[0] = STR_NONE;
	assert_int_equal(tls_chain_judge(&c->chain, top, &facts), TLS_CHAIN_DAMAGED);
	assert_string_equal(facts.serial, "");
	assert_int_equal(tls_chain_root(STR("0\x82"), &facts), TLS_CHAIN_DAMAGED);
	free(c);
}

static void only_a_strong_ca_that_is_valid_can_be_a_root(void **state)
{
	static const struct {
		const char *name;
		enum tls_chain_fault fault;
	} cases[] = {
		{"root", TLS_CHAIN_GOOD},   {"middle", TLS_CHAIN_GOOD},	   {"good", TLS_CHAIN_NO_CA},
		{"no_ca", TLS_CHAIN_NO_CA}, {"weak_root", TLS_CHAIN_WEAK}, {"expired_root", TLS_CHAIN_EXPIRED},
	};
	struct tls_chain_facts facts;
	uint8_t der[KEY_CERT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str root = {(const char *)der, load(cases[i].name, der)};

		assert_int_equal(tls_chain_root(root, &facts), cases[i].fault);
		assert_string_equal(facts.serial, "");
	}
}

#define NAME_ID "\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x04"

static void other_names_that_are_no_module_have_no_number(void **state)
{
	static const char good[] = NAME_ID "\xa0\x0b\x30\x09\x06\x02\x2a\x03\x04\x03\x01\x02\x03";
	char serial[TLS_CHAIN_SERIAL_MAX], long_one[128];
	struct str name = {good, sizeof(good) - 1};

	(void)state;
	assert_true(tls_chain_module(name, serial));
	assert_string_equal(serial, "010203");
	for (size_t len = 0; len < name.len; len++)
		assert_false(tls_chain_module((struct str){good, len}, serial));
	/* Something behind it; another name; an empty number; one that is too long in hexadecimal digits. */
	assert_false(tls_chain_module(STR(NAME_ID "\xa0\x0b\x30\x09\x06\x02\x2a\x03\x04\x03\x01\x02\x03\x05"), serial));
	assert_false(
		tls_chain_module(STR("\x06\x02\x2a\x03\xa0\x0b\x30\x09\x06\x02\x2a\x03\x04\x03\x01\x02\x03"), serial));
	assert_false(tls_chain_module(STR(NAME_ID "\xa0\x08\x30\x06\x06\x02\x2a\x03\x04\x00"), serial));
	memset(long_one, 1, sizeof(long_one));
	memcpy(long_one, NAME_ID "\xa0\x28\x30\x26\x06\x02\x2a\x03\x04\x20", 20);
	assert_false(tls_chain_module((struct str){long_one, 52}, serial));
	assert_string_equal(serial, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_certificates_have_their_serial_numbers),
		cmocka_unit_test(each_other_one_is_refused_for_what_is_wrong),
		cmocka_unit_test(a_middle_ca_can_be_the_root_that_is_named),
		cmocka_unit_test(bytes_that_are_no_certificates_are_damaged),
		cmocka_unit_test(only_a_strong_ca_that_is_valid_can_be_a_root),
		cmocka_unit_test(other_names_that_are_no_module_have_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
