/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/tls/tls_conf.h"
#include "agent/shell/file.h"
#include "agent/shell/identity.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/caltrop-identity-......";
static int dir;

static int setup(void **state)
{
	(void)state;
	memset(path + strlen(path) - 6, 'X', 6);
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	return dir < 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"key.pem", "cert.pem", "next_key.pem", "next_cert.pem", "x"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dir, names[i], 0);
	close(dir);
	return rmdir(path);
}

static void put(const char *name, const char *text)
{
	assert_int_equal(file_replace(dir, name, text, strlen(text)), ERR_OK);
}

static bool there(const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

static void pair_is_read_or_not_found(void **state)
{
	static struct identity id;

	(void)state;
	assert_int_equal(identity_load(dir, IDENTITY_CURRENT, &id), ERR_NOT_FOUND);
	put("cert.pem", "C");
	assert_int_equal(identity_load(dir, IDENTITY_CURRENT, &id), ERR_NOT_FOUND);
	put("key.pem", "K");
	assert_int_equal(identity_load(dir, IDENTITY_CURRENT, &id), ERR_OK);
	assert_string_equal(id.cert, "C");
	assert_string_equal(id.key, "K");
	assert_int_equal(identity_load(dir, IDENTITY_NEXT, &id), ERR_NOT_FOUND);
}

static void renewal_takes_up_the_key_of_an_earlier_try(void **state)
{
	struct key_der first, second;

	(void)state;
	assert_int_equal(identity_next_key(dir, &first), ERR_OK);
	assert_int_equal(identity_next_key(dir, &second), ERR_OK);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.bytes, second.bytes, first.len);
	struct stat st;

	assert_int_equal(fstatat(dir, "next_key.pem", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	put("next_key.pem", "rubbish");
	assert_int_equal(identity_next_key(dir, &second), ERR_OK);
	assert_memory_not_equal(first.bytes, second.bytes, first.len);
}

static void adopted_pair_replaces_the_old_one(void **state)
{
	(void)state;
	put("key.pem", "old key");
	put("cert.pem", "old cert");
	put("next_key.pem", "new key");
	put("next_cert.pem", "new cert");
	assert_int_equal(identity_adopt(dir, IDENTITY_NEXT), ERR_OK);
	static struct identity id;

	assert_int_equal(identity_load(dir, IDENTITY_CURRENT, &id), ERR_OK);
	assert_string_equal(id.cert, "new cert");
	assert_string_equal(id.key, "new key");
	assert_false(there("next_key.pem"));
	assert_false(there("next_cert.pem"));
}

static void half_adopted_pair_is_finished(void **state)
{
	static struct identity id;

	(void)state;
	put("key.pem", "old key");
	put("cert.pem", "new cert");
	put("next_key.pem", "new key");
	assert_int_equal(identity_load(dir, IDENTITY_HALF, &id), ERR_OK);
	assert_string_equal(id.key, "new key");
	assert_int_equal(identity_adopt(dir, IDENTITY_HALF), ERR_OK);
	assert_int_equal(identity_load(dir, IDENTITY_CURRENT, &id), ERR_OK);
	assert_string_equal(id.key, "new key");
	assert_false(there("next_key.pem"));
}

static void tls_takes_only_what_belongs_together(void **state)
{
	struct key_der keys[2], public_key;
	uint8_t cert[KEY_CERT_MAX];
	size_t len;
	static char cert_pem[IDENTITY_CERT_MAX], key_text[2][IDENTITY_KEY_MAX];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(key_generate(key_random_kernel, &keys[i]), ERR_OK);
		assert_int_equal(
			key_pem("EC PRIVATE KEY", keys[i].bytes, keys[i].len, key_text[i], sizeof(key_text[i])),
			ERR_OK);
	}
	assert_int_equal(key_public(&keys[0], &public_key), ERR_OK);
	struct key_cert_request request = {.kind = KEY_CERT_DEVICE,
					   .subject_key = &public_key,
					   .issuer_key = &keys[1],
					   .subject = "CN=d",
					   .issuer = "CN=ca",
					   .serial = {1},
					   .not_before_s = 1700000000,
					   .not_after_s = 1700086401};

	assert_int_equal(key_cert(&request, key_random_kernel, cert, &len), ERR_OK);
	const struct str chain[IDENTITY_CHAIN_MAX] = {{(char *)cert, len}};

	assert_int_equal(identity_pem(chain, cert_pem, &len), ERR_OK);
	struct tls_conf_setup setup = {
		.role = TLS_CLIENT, .server_name = "h", .cert_pem = {cert_pem, len}, .key_pem = str_from(key_text[0])};
	struct tls_conf *conf;
	enum tls_part wrong;
	int64_t from, to;

	assert_int_equal(tls_conf_new(&setup, &conf, &wrong), ERR_OK);
	assert_true(tls_conf_validity(conf, &from, &to));
	assert_int_equal(from, 1700000000);
	assert_int_equal(to, 1700086401);
	tls_conf_drop(conf);
	setup.key_pem = str_from(key_text[1]);
	assert_int_equal(tls_conf_new(&setup, &conf, &wrong), ERR_CORRUPT);
	assert_int_equal(wrong, TLS_PART_PAIR);
	setup.key_pem = STR("no key");
	assert_int_equal(tls_conf_new(&setup, &conf, &wrong), ERR_CORRUPT);
	assert_int_equal(wrong, TLS_PART_KEY);
	setup.cert_pem = STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_int_equal(tls_conf_new(&setup, &conf, &wrong), ERR_CORRUPT);
	assert_int_equal(wrong, TLS_PART_CERT);
	assert_null(conf);
}

static void files_are_replaced_whole_and_never_through_a_link(void **state)
{
	char text[8];
	struct buf out = buf_over(text, sizeof(text));

	(void)state;
	assert_int_equal(symlinkat("/tmp/caltrop-no-such-file", dir, "x.new"), 0);
	put("x", "one");
	assert_int_equal(file_read(dir, "x", &out), ERR_OK);
	assert_true(str_equal(buf_str(&out), STR("one")));
	assert_false(access("/tmp/caltrop-no-such-file", F_OK) == 0);
	put("x", "12345678");
	assert_int_equal(file_read(dir, "x", &out), ERR_TOO_LONG);
	assert_int_equal(out.len, 0);
	unlinkat(dir, "x", 0);
	assert_int_equal(symlinkat("/etc/hostname", dir, "x"), 0);
	assert_int_not_equal(file_read(dir, "x", &out), ERR_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pair_is_read_or_not_found),
		TEST(renewal_takes_up_the_key_of_an_earlier_try),
		TEST(adopted_pair_replaces_the_old_one),
		TEST(half_adopted_pair_is_finished),
		TEST(tls_takes_only_what_belongs_together),
		TEST(files_are_replaced_whole_and_never_through_a_link),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
