/* SPDX-License-Identifier: Apache-2.0 */
/* Which TCP port a line of a socket unit names. */
#include "agent/actor/sys/service_unit.h"

#include "agent/base/require.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_line_of_a_socket_names_its_port(void **state)
{
	static const struct {
		const char *line;
		uint16_t port;
	} cases[] = {
		{"ListenStream=23", 23},
		{"  ListenStream = 192.0.2.1:2323 \r", 2323},
		{"ListenStream=[::]:65535", 65535},
		{"ListenStream=", 0},
		{"ListenStream=0", 0},
		{"ListenStream=65536", 0},
		{"ListenStream=/run/telnet", 0},
		{"ListenStream=@telnet:23", 0},
		{"ListenStream=vsock:2:23", 0},
		{"ListenStream=twenty", 0},
		{"ListenDatagram=23", 0},
		{"#ListenStream=23", 0},
		{"ListenStreamer=23", 0},
		{"ListenStream", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (service_unit_port(str_from(cases[i].line)) != cases[i].port)
			fail_msg("'%s'", cases[i].line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_a_socket_names_its_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
