/* SPDX-License-Identifier: Apache-2.0 */
/* Which service a process is of. */
#include "agent/actor/sys/daemon.h"

#include "agent/actor/sys/procs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

static void a_service_is_known_by_its_control_group(void **state)
{
	static const struct {
		const char *text, *group;
	} cases[] = {
		{"0::/system.slice/dbus.service\n", "/system.slice/dbus.service"},
		{"0::/system.slice/system-getty.slice/getty@tty1.service\n",
		 "/system.slice/system-getty.slice/getty@tty1.service"},
		{"9:cpu,cpuacct:/\n1:name=systemd:/system.slice/a.service\n0::/\n", "/system.slice/a.service"},
		{"0::/user.slice/user-1000.slice/session-2.scope\n", NULL},
		{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/dbus.service\n", NULL},
		{"0::/system.slice/docker-4711.scope\n", NULL},
		{"4:cpu:/system.slice/a.service\n0::/\n", NULL},
		{"0::/\n", NULL},
		{"0::", NULL},
		{"rubbish", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[DAEMON_PATH_MAX] = "";

		assert_int_equal(daemon_group(str_from(cases[i].text), path), cases[i].group != NULL);
		if (cases[i].group)
			assert_string_equal(path, cases[i].group);
	}
}

static void a_group_that_does_not_fit_is_none(void **state)
{
	char text[DAEMON_PATH_MAX + 64] = "0::/system.slice/", path[DAEMON_PATH_MAX];
	size_t len = strlen(text);

	(void)state;
	memset(text + len, 'a', DAEMON_PATH_MAX);
	memcpy(text + len + DAEMON_PATH_MAX, ".service", sizeof(".service"));
	assert_false(daemon_group(str_from(text), path));
}

static void this_program_is_no_service(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(procs_stat(getpid(), &stat), ERR_OK);
	assert_false(daemon_is(getpid(), stat.start_ticks));
	assert_false(daemon_is(0x7ffffff0, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_is_known_by_its_control_group),
		cmocka_unit_test(a_group_that_does_not_fit_is_none),
		cmocka_unit_test(this_program_is_no_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
