/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine itself needs, learnt from the kernel of a network namespace of its own; skipped without one. */
#include "agent/actor/sys/hosts.h"

#include "agent/actor/sys/resolver.h"
#include "agent/base/now.h"
#include "tests/unit/faults.h"
#include "tests/unit/files.h"
#include "tests/unit/ip.h"
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char name[64];
static struct rails_hosts known;
static struct hosts hosts;
static bool possible;

static int enter_namespace(void **state)
{
	(void)state;
	possible = geteuid() == 0 && unshare(CLONE_NEWNET) == 0 && ip_run("link set lo up") &&
		   ip_run("link add one type veth peer name two") && ip_run("link set one up") &&
		   ip_run("link set two up") && ip_run("address add 203.0.113.2/24 dev one") &&
		   ip_run("address add 2001:db8:1::2/64 dev one nodad");
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(&known, 0, sizeof(known));
	name[0] = '\0';
	hosts = (struct hosts){.names = {name}, .program = "/proc/self/exe", .uid = getuid(), .gid = getgid()};
	return possible && hosts_open(&hosts) != ERR_OK;
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	netlink_close(&hosts.socket);
	close(hosts.watch_fd);
	return 0;
}

static bool knows(enum rails_kind kind, const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(str_from(text), &a), ERR_OK);
	for (unsigned i = 0; i < known.count; i++)
		if (known.rows[i].kind == kind && addr_equal(&known.rows[i].addr, &a))
			return true;
	return false;
}

static void own_addresses_and_every_way_out_are_known(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_true(ip_run("route add default via 203.0.113.1"));
	assert_true(ip_run("route add 192.0.2.0/24 via 203.0.113.77"));
	assert_true(ip_run("-6 route add default via 2001:db8:1::1"));
	hosts_read(&hosts, &known);
	assert_true(knows(RAILS_OWN, "203.0.113.2"));
	assert_true(knows(RAILS_OWN, "2001:db8:1::2"));
	assert_true(knows(RAILS_GATEWAY, "203.0.113.1"));
	assert_true(knows(RAILS_GATEWAY, "2001:db8:1::1"));
	/* Whom other routes go through is nobody's protection. */
	assert_false(knows(RAILS_GATEWAY, "203.0.113.77"));
	assert_true(ip_run("route replace default nexthop via 203.0.113.11 nexthop via 203.0.113.12"));
	hosts_read(&hosts, &known);
	assert_false(knows(RAILS_GATEWAY, "203.0.113.1"));
	assert_true(knows(RAILS_GATEWAY, "203.0.113.11"));
	assert_true(knows(RAILS_GATEWAY, "203.0.113.12"));
	assert_true(ip_run("route replace default via inet6 2001:db8:1::9 dev one"));
	hosts_read(&hosts, &known);
	assert_true(knows(RAILS_GATEWAY, "2001:db8:1::9"));
	assert_true(ip_run("route del default"));
	assert_true(ip_run("-6 route del default"));
	hosts_read(&hosts, &known);
	assert_false(knows(RAILS_GATEWAY, "2001:db8:1::9"));
}

static void wait_for_news(void)
{
	struct pollfd p = {hosts.watch_fd, POLLIN, 0};

	assert_int_equal(poll(&p, 1, 2000), 1);
}

static void a_new_address_is_read_when_changes_have_settled(void **state)
{
	(void)state;
	if (!possible)
		skip();
	assert_true(hosts_tick(&hosts, &known, 10));
	assert_false(hosts_tick(&hosts, &known, 10));
	assert_int_equal(hosts_next_us(&hosts), INT64_MAX);
	assert_true(ip_run("address add 203.0.113.3/24 dev one"));
	wait_for_news();
	hosts_watch(&hosts, 1000);
	assert_false(knows(RAILS_OWN, "203.0.113.3"));
	assert_true(hosts_next_us(&hosts) > 1000 && hosts_next_us(&hosts) < 1000 + SECOND_US);
	assert_true(hosts_tick(&hosts, &known, hosts_next_us(&hosts)));
	assert_true(knows(RAILS_OWN, "203.0.113.3"));
	/* Routes that are nobody's way out change all day and are no news. */
	assert_true(ip_run("route add 192.0.3.0/24 dev one"));
	wait_for_news();
	hosts_watch(&hosts, 2000);
	assert_int_equal(hosts_next_us(&hosts), INT64_MAX);
	assert_true(ip_run("route add default via 203.0.113.1"));
	wait_for_news();
	hosts_watch(&hosts, 3000);
	assert_true(hosts_next_us(&hosts) != INT64_MAX);
	assert_true(ip_run("route del default"));
}

/* A socket that is none makes every question fail. */
static void what_cannot_be_read_stays_known_and_is_read_again(void **state)
{
	int socket = hosts.socket.fd;

	(void)state;
	if (!possible)
		skip();
	hosts_read(&hosts, &known);
	assert_int_equal(hosts_next_us(&hosts), INT64_MAX);
	assert_true(knows(RAILS_OWN, "203.0.113.2"));
	hosts.socket.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(hosts.socket.fd >= 0);
	hosts_read(&hosts, &known);
	assert_true(knows(RAILS_OWN, "203.0.113.2"));
	assert_true(hosts_tick(&hosts, &known, 1000));
	assert_false(hosts_tick(&hosts, &known, 1000));
	assert_true(hosts_next_us(&hosts) > 1000 && hosts_next_us(&hosts) < 1000 + MINUTE_US);
	close(hosts.socket.fd);
	hosts.socket.fd = socket;
	assert_true(hosts_tick(&hosts, &known, hosts_next_us(&hosts)));
	assert_int_equal(hosts_next_us(&hosts), INT64_MAX);
}

static void the_service_is_known_by_number_and_by_name(void **state)
{
	int64_t due_us;

	(void)state;
	if (!machine_runs_us())
		skip();
	if (!possible)
		skip();
	memcpy(name, "198.51.100.44", 14);
	hosts_renamed(&hosts, 5);
	assert_true(hosts_tick(&hosts, &known, 5));
	assert_true(knows(RAILS_SERVER, "198.51.100.44"));
	memcpy(name, "localhost", 10);
	hosts_renamed(&hosts, 6);
	(void)hosts_tick(&hosts, &known, 6);
	assert_true(hosts.child > 0);
	assert_int_equal(hosts_next_us(&hosts), INT64_MAX);
	hosts_answers(&hosts, &known, 7);
	assert_true(knows(RAILS_SERVER, "127.0.0.1") || knows(RAILS_SERVER, "::1"));
	due_us = hosts_next_us(&hosts);
	assert_true(due_us > 59 * MINUTE_US);
	/* No answer takes no protection away, and is asked for again soon. */
	memcpy(name, "nosuch.invalid", 15);
	hosts_renamed(&hosts, 8);
	(void)hosts_tick(&hosts, &known, 8);
	hosts_answers(&hosts, &known, 9);
	assert_true(knows(RAILS_SERVER, "127.0.0.1") || knows(RAILS_SERVER, "::1"));
	assert_true(hosts_next_us(&hosts) < 2 * MINUTE_US);
}

/* A script in the resolver's place says what it was given. */
static void the_resolver_inherits_nothing_but_its_pipe(void **state)
{
	char dir[40] = "/tmp/caltrop-resolver-", program[64], script[256];
	int secret;

	(void)state;
	if (!possible)
		skip();
	memset(dir + strlen(dir), 'X', 6);
	assert_non_null(mkdtemp(dir));
	snprintf(script, sizeof(script), "#!/bin/sh\n{ ls -l /proc/$$/fd; env; } >%s/given 2>&1\n", dir);
	files_put(dir, "program", script);
	files_put(dir, "secret", "");
	snprintf(program, sizeof(program), "%s/secret", dir);
	secret = open(program, O_RDONLY); /* left open over an exec */
	snprintf(program, sizeof(program), "%s/program", dir);
	assert_int_equal(chmod(program, 0755), 0);
	assert_int_equal(setenv("CALTROP_SECRET", "secret", 1), 0);
	hosts.program = program;
	memcpy(name, "localhost", 10);
	hosts_renamed(&hosts, 5);
	(void)hosts_tick(&hosts, &known, 5);
	assert_true(hosts.child > 0);
	hosts_answers(&hosts, &known, 6);
	assert_true(files_has(dir, "given", "pipe:["));
	assert_false(files_has(dir, "given", "secret"));
	assert_false(files_has(dir, "given", "socket:["));
	unsetenv("CALTROP_SECRET");
	close(secret);
	assert_int_equal(files_remove(dir), 0);
}

/* A mount namespace in which names are asked of this machine. */
static bool ask_this_machine(void)
{
	static const char text[] = "nameserver 127.0.0.1\n";
	char path[40] = "/tmp/caltrop-resolv-";

	memset(path + strlen(path), 'X', 6);
	int fd = mkstemp(path);
	bool done = fd >= 0 && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1 &&
		    fchmod(fd, 0644) == 0 && unshare(CLONE_NEWNS) == 0 &&
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0;

	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return done;
}

/* Nobody answers at port 53, which takes the C library ten seconds to give up on. */
static void one_that_nobody_answers_for_is_given_up(void **state)
{
	static char *const arguments[] = {"caltropd", RESOLVER_MODE, "silent.example", NULL}, *const environment[] = {
												      NULL};
	const struct sockaddr_in here = {
		.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int silent, status;
	pid_t pid;

	(void)state;
	if (!possible)
		skip();
	silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(silent, (const struct sockaddr *)&here, sizeof(here)), 0);
	pid = fork();
	if (pid == 0) {
		if (ask_this_machine())
			execve("/proc/self/exe", arguments, environment);
		_exit(77);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(silent);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGALRM);
}

/* What was protected stays known when reading it again goes wrong in one place, or it is said that nothing is read. */
static int read_again(void *context)
{
	static struct rails_hosts found;
	struct hosts h = {.names = {"localhost"}, .program = "/nowhere", .uid = getuid(), .gid = getgid()};

	(void)context;
	if (hosts_open(&h) != ERR_OK)
		return 1;
	(void)hosts_tick(&h, &found, 1);
	if (h.child > 0)
		hosts_answers(&h, &found, 2);
	hosts_watch(&h, 3);
	return 0;
}

static void hosts_go_on_whatever_call_fails(void **state)
{
	static const int errors[] = {EIO, ENOBUFS};

	(void)state;
	if (!possible || !faults_possible())
		skip();
	for (unsigned i = 0; i < 2; i++) {
		const struct faults f = {errors[i], NULL, read_again, NULL, NULL};

		assert_true(faults_each(&f) > 10);
	}
}

int main(int argc, char **argv)
{
	/* This program is the resolver as well. */
	if (argc > 1 && strcmp(argv[1], RESOLVER_MODE) == 0)
		resolver_main(argc - 2, argv + 2, 1);

	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(own_addresses_and_every_way_out_are_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_new_address_is_read_when_changes_have_settled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_stays_known_and_is_read_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_service_is_known_by_number_and_by_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_resolver_inherits_nothing_but_its_pipe, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_nobody_answers_for_is_given_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hosts_go_on_whatever_call_fails, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
