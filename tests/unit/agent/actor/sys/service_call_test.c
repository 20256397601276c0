/* SPDX-License-Identifier: Apache-2.0 */
/* The argument lists with which services are stopped and started: of each manager, and of what there is of a service.
 */
#include "agent/actor/sys/service_call.h"

#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *line(const struct service_boot *boot, bool start)
{
	static char text[256];
	struct service_call call;

	service_call_make("telnetd", boot, start, &call);
	assert_non_null(call.path);
	text[0] = '\0';
	for (unsigned i = 0; call.arguments[i]; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", call.arguments[i]);
	return text;
}

static struct service_boot units(bool service, bool service_starts, bool socket, bool socket_starts)
{
	struct service_boot boot = {.manager = SERVICE_SYSTEMD};

	if (service)
		snprintf(boot.units[SERVICE_UNIT].path, SERVICE_SCRIPT_MAX, "/lib/systemd/system/telnetd.service");
	if (socket)
		snprintf(boot.units[SERVICE_SOCKET].path, SERVICE_SCRIPT_MAX, "/lib/systemd/system/telnetd.socket");
	boot.units[SERVICE_UNIT].starts = service_starts;
	boot.units[SERVICE_SOCKET].starts = socket_starts;
	return boot;
}

static void a_script_gets_the_verb_alone(void **state)
{
	struct service_boot boot = {.manager = SERVICE_SYSV, .script = "/etc/init.d/S50telnetd"};

	(void)state;
	assert_string_equal(line(&boot, false), "/etc/init.d/S50telnetd stop");
	boot.manager = SERVICE_PROCD;
	assert_string_equal(line(&boot, true), "/etc/init.d/S50telnetd start");
	boot.manager = SERVICE_OPENRC;
	assert_string_equal(line(&boot, false), "rc-service telnetd stop");
}

static void all_units_of_a_service_are_stopped_its_socket_first(void **state)
{
	struct service_boot boot = units(true, true, false, false);

	(void)state;
	assert_string_equal(line(&boot, false), "systemctl --no-ask-password stop telnetd.service");
	boot = units(true, false, true, true);
	assert_string_equal(line(&boot, false),
			    "systemctl --no-ask-password stop telnetd.socket telnetd.service telnetd@*.service");
	boot = units(false, false, true, true);
	assert_string_equal(line(&boot, false), "systemctl --no-ask-password stop telnetd.socket telnetd@*.service");
}

/* A socket that nobody enabled may take the port from its service, as ssh.socket does. */
static void what_starts_at_boot_is_started_or_the_service(void **state)
{
	struct service_boot boot = units(true, true, true, false);

	(void)state;
	assert_string_equal(line(&boot, true), "systemctl --no-ask-password start telnetd.service");
	boot = units(true, false, true, true);
	assert_string_equal(line(&boot, true), "systemctl --no-ask-password start telnetd.socket");
	boot = units(true, true, true, true);
	assert_string_equal(line(&boot, true), "systemctl --no-ask-password start telnetd.socket telnetd.service");
	boot = units(true, false, true, false);
	assert_string_equal(line(&boot, true), "systemctl --no-ask-password start telnetd.service");
	boot = units(false, false, true, false);
	assert_string_equal(line(&boot, true), "systemctl --no-ask-password start telnetd.socket");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_script_gets_the_verb_alone),
		cmocka_unit_test(all_units_of_a_service_are_stopped_its_socket_first),
		cmocka_unit_test(what_starts_at_boot_is_started_or_the_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
