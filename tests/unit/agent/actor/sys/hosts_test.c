/* SPDX-License-Identifier: Apache-2.0 */
/* When the service's name is resolved; what then cannot be banned is rails_test's. */
#include "agent/actor/sys/hosts.h"

#include "agent/actor/sys/hosts_resolve.h"
#include "agent/actor/sys/resolver.h"
#include "agent/base/now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

static char name[64], friend[64];
static struct rails_hosts known;
static struct hosts hosts;

static int set_up(void **state)
{
	(void)state;
	name[0] = friend[0] = '\0';
	memset(&known, 0, sizeof(known));
	hosts = (struct hosts){.names = {[0] = name, [HOSTS_SERVER_NAMES] = friend}, .uid = getuid(), .gid = getgid()};
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

/* What the child says, and that it has ended. */
static void answer(const struct resolver_answer *all, size_t size, int64_t mono_us)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], all, size), size);
	close(ends[1]);
	hosts.pipe = ends[0];
	hosts.child = 1 << 30;
	hosts_answers(&hosts, &known, mono_us);
}

static struct resolver_answer one(const char *of, const char *text)
{
	struct resolver_answer a = {.name = rails_name(of), .end = text ? RESOLVER_ADDRESS : RESOLVER_END};

	if (text)
		assert_int_equal(addr_parse_wire(str_from(text), &a.addr), ERR_OK);
	return a;
}

static bool is_known(enum rails_kind kind, const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_wire(str_from(text), &a), ERR_OK);
	for (unsigned i = 0; i < known.count; i++)
		if (known.rows[i].kind == kind && addr_equal(&known.rows[i].addr, &a))
			return true;
	return false;
}

/* The child that is under way asks for the old name. */
static void a_name_that_changes_meanwhile_is_resolved_next(void **state)
{
	const struct resolver_answer old[] = {one("old.example", "203.0.113.10"), one("old.example", NULL)};
	const struct resolver_answer new[] = {one("fleet.example", "64:ff9b::203.0.113.20"),
					      one("fleet.example", NULL)};

	(void)state;
	strcpy(name, "old.example");
	hosts_renamed(&hosts, 1);
	answer(old, sizeof(old), 1);
	strcpy(name, "fleet.example");
	hosts_renamed(&hosts, SECOND_US);
	answer(old, sizeof(old), 2 * SECOND_US);
	/* Its address is kept until there is a new one, for an isolation needs it. */
	assert_true(is_known(RAILS_SERVER, "203.0.113.10"));
	assert_int_equal(hosts_next_us(&hosts), SECOND_US);
	answer(new, sizeof(new), 3 * SECOND_US);
	assert_false(is_known(RAILS_SERVER, "203.0.113.10"));
	assert_true(is_known(RAILS_SERVER, "64:ff9b::203.0.113.20"));
}

static void a_name_in_never_ban_keeps_its_last_answer(void **state)
{
	const struct resolver_answer good[] = {one("fleet.example", "203.0.113.10"), one("fleet.example", NULL),
					       one("bastion.example", "198.51.100.7"),
					       one("bastion.example", "2001:db8::7"), one("bastion.example", NULL)};
	struct resolver_answer bad[] = {one("fleet.example", "203.0.113.11"), one("fleet.example", NULL),
					one("bastion.example", NULL)};
	char why[MESSAGE_WHY_MAX];

	(void)state;
	strcpy(name, "fleet.example");
	strcpy(friend, "bastion.example");
	bad[2].end = RESOLVER_SILENT;
	hosts_renamed(&hosts, 1);
	hosts.resolve_us = MINUTE_US;
	answer(bad, sizeof(bad), 2);
	hosts_gaps(&hosts, &known, why);
	assert_string_equal(why, "never_ban: bastion.example cannot be resolved; it may be banned until it can");
	assert_int_equal(hosts.resolve_us, MINUTE_US);
	answer(good, sizeof(good), 3);
	assert_true(is_known(RAILS_FRIEND, "198.51.100.7") && is_known(RAILS_FRIEND, "2001:db8::7"));
	hosts_gaps(&hosts, &known, why);
	assert_string_equal(why, "");
	assert_int_equal(hosts.resolve_us, 3 + 5 * MINUTE_US);
	/* Neither a failure nor an answer that breaks off takes the protection away. */
	answer(bad, sizeof(bad), 4);
	answer(good, 3 * sizeof(good[0]), 5);
	assert_true(is_known(RAILS_FRIEND, "198.51.100.7") && is_known(RAILS_FRIEND, "2001:db8::7"));
	hosts_gaps(&hosts, &known, why);
	assert_string_equal(why, "never_ban: bastion.example cannot be resolved; its last answer is kept");
	/* A name that never_ban has no more protects nobody. */
	friend[0] = '\0';
	hosts_renamed(&hosts, 6);
	hosts_read(&hosts, &known);
	assert_false(is_known(RAILS_FRIEND, "198.51.100.7"));
	assert_true(is_known(RAILS_SERVER, "203.0.113.10"));
	hosts_gaps(&hosts, &known, why);
	assert_string_equal(why, "");
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
		cmocka_unit_test_setup_teardown(a_name_in_never_ban_keeps_its_last_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_that_goes_is_resolved_no_more, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
