/* SPDX-License-Identifier: Apache-2.0 */
/* A playbook and what is kept beside it come back as they were. */
#include "agent/actor/sys/playbook_file.h"

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

#define TEMPLATE                   \
	"/tmp/caltrop_playbook.XX" \
	"XX"                       \
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
	struct object_seal s = sample();
	static struct playbook_file f;

	(void)state;
	files_put(dir, "one", "a playbook");
	assert_int_equal(playbook_file_read(fd, "one", &f), ERR_NOT_FOUND);
	assert_int_equal(object_seal_keep(fd, "one", &s), ERR_OK);
	assert_int_equal(playbook_file_read(fd, "one", &f), ERR_OK);
	assert_int_equal(f.len, 10);
	assert_memory_equal(&f.seal, &s, sizeof(s));
	s.signature_count = 0;
	assert_int_equal(object_seal_keep(fd, "one", &s), ERR_OK);
	assert_int_equal(playbook_file_read(fd, "one", &f), ERR_OK);
	assert_int_equal(f.seal.signature_count, 0);
}

static void what_is_longer_than_a_playbook_is_not_read(void **state)
{
	struct object_seal s = sample();
	static struct playbook_file f;
	char text[PLAYBOOK_BYTES_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	files_put(dir, "one", text);
	assert_int_equal(object_seal_keep(fd, "one", &s), ERR_OK);
	assert_int_equal(playbook_file_read(fd, "one", &f), ERR_TOO_LONG);
	text[PLAYBOOK_BYTES_MAX] = '\0';
	files_put(dir, "one", text);
	assert_int_equal(playbook_file_read(fd, "one", &f), ERR_OK);
	assert_int_equal(f.len, PLAYBOOK_BYTES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_kept_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_longer_than_a_playbook_is_not_read, set_up, tear_down),
	};

	if (!IS_ENABLED(CONFIG_PLAYBOOKS))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
