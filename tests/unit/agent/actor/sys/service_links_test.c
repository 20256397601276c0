/* SPDX-License-Identifier: Apache-2.0 */
/* Links that start a service at boot are switched off and on where they are, and no others. */
#include "agent/actor/sys/service_links.h"

#include "agent/base/require.h"
#include "tests/unit/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/caltrop_links.XX"
		    "XX"
		    "XX";

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

/* Where it leads; NULL: it is not there. */
static const char *leads(const char *name)
{
	static char text[128];
	ssize_t len = readlink(at(name), text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return len > 0 ? text : NULL;
}

static int set_up(void **state)
{
	(void)state;
	require(mkdtemp(top) != NULL);
	require(mkdir(at("multi.wants"), 0755) == 0 && mkdir(at("sockets.wants"), 0755) == 0);
	require(mkdir(at("multi.requires"), 0755) == 0 && mkdir(at("rc.d"), 0755) == 0);
	require(symlink("/lib/a.service", at("multi.wants/a.service")) == 0);
	require(symlink("../a.service", at("sockets.wants/a.service")) == 0);
	require(symlink("/lib/a.service", at("multi.requires/a.service")) == 0);
	require(symlink("/lib/aa.service", at("multi.wants/aa.service")) == 0);
	require(symlink("../init.d/a", at("rc.d/S50a")) == 0 && symlink("../init.d/a", at("rc.d/K10a")) == 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return files_remove(top);
}

static void links_are_switched_off_and_on_as_they_were(void **state)
{
	const struct service_links l = {top, "*.wants", false};

	(void)state;
	assert_true(service_links_find(&l, "a.service"));
	assert_int_equal(service_links_hide(&l, "a.service"), ERR_OK);
	assert_false(service_links_find(&l, "a.service"));
	assert_null(leads("sockets.wants/a.service"));
	assert_string_equal(leads("sockets.wants/.caltrop-a.service"), "../a.service");
	/* Of others nothing is touched. */
	assert_non_null(leads("multi.requires/a.service"));
	assert_non_null(leads("multi.wants/aa.service"));
	assert_int_equal(service_links_hide(&l, "a.service"), ERR_OK);
	assert_int_equal(service_links_show(&l, "a.service"), ERR_OK);
	assert_string_equal(leads("sockets.wants/a.service"), "../a.service");
	assert_string_equal(leads("multi.wants/a.service"), "/lib/a.service");
	assert_null(leads("multi.wants/.caltrop-a.service"));
	assert_int_equal(service_links_show(&l, "a.service"), ERR_OK);
}

static void what_somebody_made_meanwhile_stays(void **state)
{
	const struct service_links l = {top, "*.wants", false};

	(void)state;
	assert_int_equal(service_links_hide(&l, "a.service"), ERR_OK);
	require(symlink("/etc/a.service", at("multi.wants/a.service")) == 0);
	assert_int_equal(service_links_show(&l, "a.service"), ERR_OK);
	assert_string_equal(leads("multi.wants/a.service"), "/etc/a.service");
	assert_null(leads("multi.wants/.caltrop-a.service"));
	/* Switched off anew, it is the newer one that is kept. */
	assert_int_equal(service_links_hide(&l, "a.service"), ERR_OK);
	require(symlink("/opt/a.service", at("multi.wants/a.service")) == 0);
	assert_int_equal(service_links_hide(&l, "a.service"), ERR_OK);
	assert_int_equal(service_links_show(&l, "a.service"), ERR_OK);
	assert_string_equal(leads("multi.wants/a.service"), "/opt/a.service");
}

static void numbered_links_are_those_that_start(void **state)
{
	const struct service_links l = {top, "rc.d", true};

	(void)state;
	assert_true(service_links_find(&l, "a"));
	assert_false(service_links_find(&l, "50a"));
	assert_int_equal(service_links_hide(&l, "a"), ERR_OK);
	assert_false(service_links_find(&l, "a"));
	assert_non_null(leads("rc.d/.caltrop-S50a"));
	assert_non_null(leads("rc.d/K10a"));
	assert_int_equal(service_links_show(&l, "a"), ERR_OK);
	assert_string_equal(leads("rc.d/S50a"), "../init.d/a");
}

static void who_has_no_such_folder_starts_nothing(void **state)
{
	const struct service_links l = {"/nonexistent", "*", false};

	(void)state;
	assert_false(service_links_find(&l, "a"));
	assert_int_equal(service_links_hide(&l, "a"), ERR_OK);
	assert_int_equal(service_links_show(&l, "a"), ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_switched_off_and_on_as_they_were),
		cmocka_unit_test(what_somebody_made_meanwhile_stays),
		cmocka_unit_test(numbered_links_are_those_that_start),
		cmocka_unit_test(who_has_no_such_folder_starts_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
