/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const names[] = {"device_id", "group", "server_name", "order_keys.pem", "escrow.pem"};
#define TEMPLATE             \
	"/tmp/trust_test.XX" \
	"XX"                 \
	"XX"

static char dir_path[64];
static struct key_der keys[2];

static void put(const char *name, const char *text)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir_path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char *pem_of(const struct key_der *key)
{
	static char text[512];

	assert_int_equal(key_pem("PUBLIC KEY", key->bytes, key->len, text, sizeof(text)), ERR_OK);
	return text;
}

static int set_up(void **state)
{
	struct key_der private_key;

	(void)state;
	memcpy(dir_path, TEMPLATE, sizeof(TEMPLATE));
	for (unsigned i = 0; i < 2; i++)
		if (key_generate(key_random_kernel, &private_key) != ERR_OK ||
		    key_public(&private_key, &keys[i]) != ERR_OK)
			return -1;
	return mkdtemp(dir_path) == NULL;
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir_path, names[i]);
		(void)unlink(path);
	}
	return rmdir(dir_path);
}

static void trust_without_a_device_id_is_not_enrolled(void **state)
{
	struct trust t;
	const char *bad = "x";

	(void)state;
	assert_int_equal(trust_load("/nonexistent", &t, &bad), ERR_NOT_FOUND);
	assert_null(bad);
	assert_int_equal(trust_load(dir_path, &t, NULL), ERR_NOT_FOUND);
}

static void trust_reads_the_whole_bundle(void **state)
{
	char both[1024];
	struct trust t;

	(void)state;
	put("device_id", "00112233445566778899aabbccddeeff\n");
	put("group", "gates\n");
	put("server_name", "service.example\n");
	snprintf(both, sizeof(both), "%s", pem_of(&keys[0]));
	snprintf(both + strlen(both), sizeof(both) - strlen(both), "some words between\n%s", pem_of(&keys[1]));
	put("order_keys.pem", both);
	put("escrow.pem", pem_of(&keys[1]));
	assert_int_equal(trust_load(dir_path, &t, NULL), ERR_OK);
	assert_int_equal(t.device_id[1], 0x11);
	assert_int_equal(t.device_id[15], 0xff);
	assert_string_equal(t.group, "gates");
	assert_string_equal(t.server_name, "service.example");
	assert_int_equal(t.order_key_count, 2);
	assert_memory_equal(t.order_keys[1].bytes, keys[1].bytes, keys[1].len);
	assert_int_equal(t.escrow.len, keys[1].len);
}

static void trust_is_all_or_nothing(void **state)
{
	static const char *const wrong_ids[] = {"", "0011", "00112233445566778899AABBCCDDEEFF",
						"00112233445566778899aabbccddeeffaa"};
	char cut[512];
	struct trust t;
	const char *bad;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong_ids) / sizeof(wrong_ids[0]); i++) {
		put("device_id", wrong_ids[i]);
		assert_int_equal(trust_load(dir_path, &t, &bad), ERR_CORRUPT);
		assert_string_equal(bad, "device_id");
	}
	put("device_id", "00112233445566778899aabbccddeeff");
	assert_int_equal(trust_load(dir_path, &t, &bad), ERR_OK);
	snprintf(cut, sizeof(cut), "%s", pem_of(&keys[0]));
	cut[60] ^= 3;
	put("order_keys.pem", cut);
	assert_int_equal(trust_load(dir_path, &t, &bad), ERR_CORRUPT);
	assert_string_equal(bad, "order_keys.pem");
	assert_int_equal(t.order_key_count, 0);
	assert_int_equal(t.device_id[1], 0);
	put("order_keys.pem", "");
	put("escrow.pem", "no key at all");
	assert_int_equal(trust_load(dir_path, &t, &bad), ERR_CORRUPT);
	assert_string_equal(bad, "escrow.pem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(trust_without_a_device_id_is_not_enrolled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(trust_reads_the_whole_bundle, set_up, tear_down),
		cmocka_unit_test_setup_teardown(trust_is_all_or_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
