/* SPDX-License-Identifier: Apache-2.0 */
/* When the service's name is resolved; what then cannot be banned is rails_test's. */
#include "agent/actor/sys/hosts.h"

#include "agent/base/now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

static char name[64];
static struct rails_hosts known;
static struct hosts hosts;

static int set_up(void **state)
{
	(void)state;
	name[0] = '\0';
	memset(&known, 0, sizeof(known));
	hosts = (struct hosts){.names = {name}, .uid = getuid(), .gid = getgid()};
	return hosts_open(&hosts) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	netlink_close(&hosts.socket);
	close(hosts.watch_fd);
	return 0;
}

static void no_name_is_never_resolved(void **state)
{
	(void)state;
	assert_int_equal(hosts.resolve_us, INT64_MAX);
}

/* A device that joins a fleet learns the service's name while it runs. */
static void a_new_name_is_resolved_at_once(void **state)
{
	(void)state;
	strcpy(name, "fleet.example");
	hosts_renamed(&hosts, SECOND_US);
	assert_int_equal(hosts_next_us(&hosts), SECOND_US);
}

/* The child that is under way asks for the old name. */
static void a_name_that_changes_meanwhile_is_resolved_next(void **state)
{
	static const struct addr answer = {.family = 4, .prefix = 32, .bytes = {203, 0, 113, 10}};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], &answer, sizeof(answer)), sizeof(answer));
	close(ends[1]);
	hosts.pipe = ends[0];
	hosts.child = 1 << 30;
	strcpy(name, "fleet.example");
	hosts_renamed(&hosts, SECOND_US);
	hosts_answers(&hosts, &known, 2 * SECOND_US);
	assert_int_equal(known.count, 1);
	assert_int_equal(hosts_next_us(&hosts), SECOND_US);
}

static void a_name_that_goes_is_resolved_no_more(void **state)
{
	(void)state;
	strcpy(name, "fleet.example");
	hosts_renamed(&hosts, SECOND_US);
	name[0] = '\0';
	hosts_renamed(&hosts, SECOND_US);
	assert_int_equal(hosts.resolve_us, INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_name_is_never_resolved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_new_name_is_resolved_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_that_changes_meanwhile_is_resolved_next, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_that_goes_is_resolved_no_more, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
