/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries of the journal become lines, and which of its files are read. */
#include "agent/source/journald.h"

#include "agent/core/core_parts.h"
#include "agent/source/feed.h"
#include "tests/unit/agent/source/journald_image.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#define TEMPLATE                   \
	"/tmp/caltrop_journald.XX" \
	"XX"                       \
	"XX"

static bool is_line(const struct journald_entry *e)
{
	char memory[JOURNALD_LINE_MAX];
	struct buf line = buf_over(memory, sizeof(memory));
	uint32_t writer;

	return journald_line(e, &line, &writer);
}

/* A container's text that its engine cut goes on where the client chose, and may look like anybody's message. */
static void part_of_a_message_is_no_line(void **state)
{
	struct journald_entry e = {.realtime_us = 1795341600000000,
				   .message = STR("Failed password for root from 192.0.2.66 port 22 ssh2"),
				   .fields = {[JOURNALD_IDENTIFIER] = STR("sshd"), [JOURNALD_UID] = STR("0")}};

	(void)state;
	assert_true(is_line(&e));
	e.fields[JOURNALD_PARTIAL] = STR("true");
	assert_false(is_line(&e));
}

static bool is_never_busy(void *context)
{
	(void)context;
	return false;
}

/* Wherever it stands in the directory. */
static void files_of_many_users_do_not_hide_that_of_the_system(void **state)
{
	static struct journald j = {.rescan = true, .known = true, .watch = -1};
	static struct health health;
	static struct image image;
	static struct core core; /* that has nothing to do */
	static struct feed feed = {.core = &core, .health = &health, .busy = is_never_busy};
	char dir[64] = TEMPLATE, name[64];
	unsigned opened = 0;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	j.feed = &feed;
	j.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (unsigned i = 0; i < JOURNALD_FILES_MAX; i++)
		j.open[i].fd = -1;
	image_begin(&image, false);
	fd = openat(j.dir, "system.journal", O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, image.bytes, image.len), image.len);
	close(fd);
	for (unsigned i = 0; i < 8 * JOURNALD_NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "user-%u.journal", 100000 + i);
		files_put(dir, name, "");
	}
	assert_false(journald_row.turn(&j));
	for (unsigned i = 0; i < JOURNALD_FILES_MAX; i++)
		opened += j.open[i].fd >= 0 && !j.open[i].user;
	assert_int_equal(opened, 1);
	assert_true(health.texts[0][0] != '\0');
	close(j.dir);
	assert_int_equal(files_remove(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(part_of_a_message_is_no_line),
		cmocka_unit_test(files_of_many_users_do_not_hide_that_of_the_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
