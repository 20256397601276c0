/* SPDX-License-Identifier: Apache-2.0 */
/* Which declared formats are taken, and which a client could shift. */
#include "agent/common/access_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct access_format format;

static void formats_with_certain_address_and_status_are_taken(void **state)
{
	static const char *const taken[] = {
		"nginx",
		"apache",
		"lighttpd",
		"json",
		"nginx $remote_addr $status",
		"nginx $status,$remote_addr",
		"nginx ${remote_addr}|$status|$http_user_agent",
		"nginx \"$host\" $remote_addr - $remote_user [$time_local] \"$request\" $status",
		"nginx $host \"$request\" $remote_addr $status",
		"nginx $remote_addr [$time_local] \"$request\" $status \"$http_referer\" $request_time "
		"$upstream_response_time $pipe",
		"nginx $remote_addr - $remote_user \"$request\" $status $request_time $upstream_addr $pipe",
		"nginx $remote_addr - $remote_user \"$request\" $status $upstream_addr \"$http_referer\" "
		"$upstream_status",
		"nginx $server_name:$server_port $remote_addr - $remote_user \"$request\" $status",
		"nginx $remote_addr\\t$status\\t$http_user_agent",
		"apache %v:%p %h %l %u %t \\\"%r\\\" %>s %O",
		"apache %{X-Forwarded-For}i %a %>s",
		"apache \"%{X-Forwarded-For}i\" %h %u %t \"%r\" %!200,304s 100%%",
		"lighttpd %h %V %u %t \"%r\" %>s %b",
		"json src=peer.ip status=code user=who",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		char why[ACCESS_WHY_MAX] = "";

		if (access_format_read(str_from(taken[i]), &format, why) != ERR_OK)
			fail_msg("%s: %s", taken[i], why);
	}
}

static void formats_that_a_client_could_shift_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} refused[] = {
		{"", "is none of nginx, apache, lighttpd and json"},
		{"squid %h", "is none of nginx, apache, lighttpd and json"},
		{"nginx $status", "has no client address"},
		{"nginx $http_x_forwarded_for $status", "has no client address"},
		{"nginx $remote_addr $remote_addr $status", "has more than one client address"},
		{"nginx $remote_addr \"$request\"", "has no status"},
		{"nginx $host $remote_addr - $remote_user \"$request\" $status",
		 "lets a client shift the client address"},
		{"nginx $remote_addr - $remote_user $request $status $http_user_agent",
		 "lets a client shift the status"},
		{"nginx $remote_addr$status", "lets a client shift the client address"},
		{"nginx $http_referer $status $remote_addr $http_user_agent", "lets a client shift the client address"},
		{"nginx $remote_addr $", "has a variable without a name"},
		{"nginx $remote_addr\t$status", "has a control byte; a tab is written \\t"},
		{"nginx $remote_user \"$request\" $upstream_status $status $remote_addr",
		 "lets a client shift the client address"},
		{"apache %V %h %>s %{Referer}i", "lets a client shift the client address"},
		{"apache %h %>s %", "has a variable without a name"},
		{"json src=a", "needs src= and status="},
		{"json src=a src=b status=c", "names one field twice"},
		{"json source=a status=c", "has a word that is not field=name of a known field"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char why[ACCESS_WHY_MAX] = "";

		if (access_format_read(str_from(refused[i].text), &format, why) == ERR_OK)
			fail_msg("%s: taken", refused[i].text);
		assert_string_equal(why, refused[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_with_certain_address_and_status_are_taken),
		cmocka_unit_test(formats_that_a_client_could_shift_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
