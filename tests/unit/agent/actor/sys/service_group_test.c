/* SPDX-License-Identifier: Apache-2.0 */
/* A control group says whose a process is, and none that a user or a container can make says it of the device's. */
#include "agent/actor/sys/service_group.h"

#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	uint8_t manager;
	bool socket;
	const char *name, *lines;
	bool has;
} cases[] = {
	{SERVICE_SYSTEMD, false, "ssh", "0::/system.slice/ssh.service\n", true},
	{SERVICE_SYSTEMD, false, "ssh", "0::/deep.slice/deep-er.slice/ssh.service/payload\n", true},
	{SERVICE_SYSTEMD, false, "ssh", "12:pids:/x\n1:name=systemd:/system.slice/ssh.service\n0::/\n", true},
	/* The kernel's own names begin so. */
	{SERVICE_SYSTEMD, false, "cpu", "0::/system.slice/_cpu.service\n", true},
	{SERVICE_SYSTEMD, false, "getty@tty1", "0::/system.slice/system-getty.slice/getty@tty1.service\n", true},
	{SERVICE_SYSTEMD, false, "ssh", "0::/system.slice/sshd.service\n", false},
	{SERVICE_SYSTEMD, false, "ssh", "0::/system.slice/my-ssh.service\n", false},
	{SERVICE_SYSTEMD, false, "ssh", "0::/ssh.slice/x.service\n", false},
	/* Of a user's manager, of a container, of another hierarchy. */
	{SERVICE_SYSTEMD, false, "ssh", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/ssh.service\n",
	 false},
	{SERVICE_SYSTEMD, false, "ssh", "0::/system.slice/docker-1f.scope/system.slice/ssh.service\n", false},
	{SERVICE_SYSTEMD, false, "ssh", "4:memory:/system.slice/ssh.service\n", false},
	/* What a connection has started. */
	{SERVICE_SYSTEMD, true, "telnet", "0::/system.slice/system-telnet.slice/telnet@0-10.0.0.1:23.service\n", true},
	{SERVICE_SYSTEMD, false, "telnet", "0::/system.slice/system-telnet.slice/telnet@0.service\n", false},
	{SERVICE_OPENRC, false, "telnetd", "0::/openrc.telnetd\n", true},
	{SERVICE_OPENRC, false, "telnetd", "0::/rc/telnetd\n", true},
	{SERVICE_OPENRC, false, "telnetd", "3:name=openrc:/telnetd\n0::/\n", true},
	{SERVICE_OPENRC, false, "telnetd", "0::/telnetd\n", false},
	{SERVICE_OPENRC, false, "telnet", "0::/openrc.telnetd\n", false},
	{SERVICE_PROCD, false, "dropbear", "0::/services/dropbear/instance1\n", true},
	{SERVICE_PROCD, false, "dropbear", "0::/services/dnsmasq/dropbear\n", false},
	{SERVICE_SYSV, false, "ssh", "0::/system.slice/ssh.service\n", false},
	{SERVICE_SYSTEMD, false, "ssh", "0::/\n", false},
	{SERVICE_SYSTEMD, false, "ssh", "", false},
	{SERVICE_SYSTEMD, false, "ssh", ":::\n::\n/system.slice/ssh.service", false},
};

static void a_group_says_whose_a_process_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct service_boot boot = {.manager = cases[i].manager};

		if (cases[i].socket)
			snprintf(boot.units[SERVICE_SOCKET].path, SERVICE_SCRIPT_MAX, "/x");
		if (service_group_has(str_from(cases[i].lines), cases[i].name, &boot) != cases[i].has)
			fail_msg("%s in %s", cases[i].name, cases[i].lines);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_says_whose_a_process_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
