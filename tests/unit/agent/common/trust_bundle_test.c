/* SPDX-License-Identifier: Apache-2.0 */
/* A trust bundle is the old one or the new one wherever the power is cut. */
#include "agent/common/trust_bundle.h"

#include "tests/unit/power.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64];
static int dir;
static unsigned fresh; /* cuts after which the new one was there */

static bool is(const char *text)
{
	char got[64] = "";
	int fd = openat(dir, TRUST_BUNDLE_FILE, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof(got) - 1);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) && strcmp(got, text) == 0;
}

static unsigned count_files(void)
{
	DIR *list = opendir(top);
	unsigned count = 0;

	for (struct dirent *e; (e = readdir(list)) != NULL;)
		count += e->d_name[0] != '.';
	closedir(list);
	return count;
}

static void before_each(void *context)
{
	(void)context;
	assert_int_equal(trust_bundle_keep(dir, STR("the old one")), ERR_OK);
}

static int work(void *context)
{
	(void)context;
	return (int)trust_bundle_keep(dir, STR("the new one"));
}

static void after_cut(void *context, const struct power_cut *cut)
{
	bool is_new = is("the new one");

	(void)context;
	assert_true(is_new || is("the old one"));
	if (cut->ended)
		assert_true(is_new && cut->result == ERR_OK);
	fresh += is_new;
	/* The next one leaves nothing of this one. */
	assert_int_equal(trust_bundle_keep(dir, STR("the next one")), ERR_OK);
	assert_true(is("the next one"));
	assert_int_equal(count_files(), 1);
}

static void bundle_is_old_or_new_wherever_the_power_is_cut(void **state)
{
	const struct power p = {top, before_each, work, after_cut, NULL, 0};

	(void)state;
	if (!power_possible())
		skip();
	assert_true(power_each(&p) >= 5);
	assert_true(fresh > 0);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/trust_bundle_test.%d", (int)getpid());
	assert_int_equal(mkdir(top, 0700), 0);
	dir = open(top, O_RDONLY | O_DIRECTORY);
	return dir < 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlinkat(dir, TRUST_BUNDLE_FILE, 0);
	close(dir);
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundle_is_old_or_new_wherever_the_power_is_cut),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
