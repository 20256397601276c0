/* SPDX-License-Identifier: Apache-2.0 */
/* Who signed an object comes back as it was, and anything else is no seal. */
#include "agent/actor/sys/object_seal.h"

#include "tests/unit/files.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TEMPLATE                      \
	"/tmp/caltrop_object_seal.XX" \
	"XX"                          \
	"XX"

static char dir[64];
static int fd = -1;

static int set_up(void **state)
{
	(void)state;
	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	if (!mkdtemp(dir))
		return 1;
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	return fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(fd);
	return files_remove(dir);
}

static struct object_seal sample(void)
{
	struct object_seal s = {.statement_len = MESSAGE_STATEMENT_MAX, .signature_count = 3};

	memset(s.statement, 'a', sizeof(s.statement));
	for (unsigned i = 0; i < 3; i++) {
		s.signatures[i].len = (uint16_t)(MESSAGE_SIGNATURE_MAX - i);
		memset(s.signatures[i].bytes, 'b', s.signatures[i].len);
	}
	return s;
}

static void what_is_kept_comes_back(void **state)
{
	struct object_seal s = sample(), out;

	(void)state;
	assert_int_equal(object_seal_load(fd, "one", &out), ERR_NOT_FOUND);
	assert_int_equal(object_seal_keep(fd, "one", &s), ERR_OK);
	assert_int_equal(object_seal_load(fd, "one", &out), ERR_OK);
	assert_memory_equal(&out, &s, sizeof(s));
	s.signature_count = 0;
	assert_int_equal(object_seal_keep(fd, "one", &s), ERR_OK);
	assert_int_equal(object_seal_load(fd, "one", &out), ERR_OK);
	assert_int_equal(out.signature_count, 0);
	files_put(dir, ".one.signed", "nobody");
	assert_int_equal(object_seal_load(fd, "one", &out), ERR_CORRUPT);
}

static void a_part_of_a_seal_is_none(void **state)
{
	struct object_seal s = sample(), out;
	char bytes[1024];

	(void)state;
	assert_int_equal(object_seal_keep(fd, "one", &s), ERR_OK);
	int file = openat(fd, ".one.signed", O_RDONLY);
	ssize_t len = read(file, bytes, sizeof(bytes));

	close(file);
	assert_true(len > MESSAGE_STATEMENT_MAX);
	assert_int_equal(object_seal_read((struct str){bytes, (size_t)len}, &out), ERR_OK);
	for (size_t cut = 0; cut < (size_t)len; cut++)
		assert_int_equal(object_seal_read((struct str){bytes, cut}, &out), ERR_CORRUPT);
	assert_int_equal(object_seal_read((struct str){bytes, (size_t)len + 1}, &out), ERR_CORRUPT);
	for (size_t i = 0; i < (size_t)len; i++) {
		bytes[i] ^= (char)0xff;
		(void)!object_seal_read((struct str){bytes, (size_t)len}, &out);
		assert_true(out.statement_len <= sizeof(out.statement) &&
			    out.signature_count <= MESSAGE_SIGNATURES_MAX);
		bytes[i] ^= (char)0xff;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_kept_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_part_of_a_seal_is_none, set_up, tear_down),
	};

	if (!IS_ENABLED(CONFIG_OBJECTS))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
