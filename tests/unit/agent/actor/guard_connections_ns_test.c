/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that a confined actor cuts by order: real ones, between addresses of this machine. Skipped where such an
 * actor is not permitted.
 */
#include "agent/actor/sys/procs.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard.h"
#include "tests/unit/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT 2222
#define HERE "198.51.100.2"
#define SOMEBODY 54331 /* bob's user id */
#define GUARD_USER 65534
#define OPENER_CONNECTIONS 2

static struct guard guard;
static struct key_der order_key;
static bool possible;
static int listener;

static struct sockaddr_in address_of(const char *text, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	require(inet_pton(AF_INET, text, &a.sin_addr) == 1);
	return a;
}

static void listen_here(void)
{
	struct sockaddr_in a = address_of(HERE, PORT);
	int on = 1;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	require(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	require(bind(listener, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(listener, 16) == 0);
}

static int prepare(void **state)
{
	static const char *const words[] = {
		"link set lo up",
		"address add " HERE "/32 dev lo",
		"address add 198.51.100.3/32 dev lo",
		"address add 198.51.100.4/32 dev lo",
		"address add 192.0.2.7/32 dev lo",
		"address add 192.0.9.9/32 dev lo",
	};

	(void)state;
	possible = guard_prepare(&guard);
	for (size_t i = 0; possible && i < sizeof(words) / sizeof(words[0]); i++)
		possible = ip_run(words[i]);
	if (!possible)
		return 0;
	guard_put(&guard, "passwd",
		  "root:x:0:0::/root:/bin/sh\nbob:x:54331:54331::/nonexistent:/bin/sh\n"
		  "nobody:x:65534:65534::/nonexistent:/bin/sh\n");
	guard_put(&guard, "shadow", "root:$6$a$b:1::::::\nbob:$6$c$d:2::::::\nnobody:*:2::::::\n");
	guard_trust(&guard, &order_key);
	listen_here();
	guard_start(&guard);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	close(listener);
	return guard_tear_down(&guard, NULL);
}

/* A connection from one of the addresses: the end that the listener's side has, and the other one. */
struct connection {
	int served, own;
};

static int begin(const char *from)
{
	struct sockaddr_in src = address_of(from, 0), dst = address_of(HERE, PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	require(bind(fd, (struct sockaddr *)&src, sizeof(src)) == 0);
	require(connect(fd, (struct sockaddr *)&dst, sizeof(dst)) == 0);
	return fd;
}

static struct connection connection_from(const char *from)
{
	struct connection c = {.own = begin(from)};

	c.served = accept(listener, NULL, NULL);
	require(c.served >= 0);
	return c;
}

/* Whether what one end says still comes to the other. */
static bool is_open(const struct connection *c)
{
	struct pollfd p = {c->own, POLLIN, 0};
	char byte;

	return send(c->served, "x", 1, MSG_NOSIGNAL) == 1 && poll(&p, 1, 1000) == 1 && recv(c->own, &byte, 1, 0) == 1;
}

static void end(const struct connection *c)
{
	close(c->served);
	close(c->own);
}

static struct verb_args cut_of(const char *net)
{
	struct verb_args args = {.verb = VERB_CUT};

	require(addr_parse_prefix(str_from(net), &args.addr) == ERR_OK);
	return args;
}

static const struct actor_receipt *order(const struct verb_args *args)
{
	struct order o = guard_order_of(args);
	const struct actor_receipt *r = guard_order(&guard, &o, &order_key);

	assert_non_null(r);
	return r;
}

static void says(const struct verb_args *args, uint8_t result, unsigned count, const char *text)
{
	const struct actor_receipt *r = order(args);

	if (!strstr(r->text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, r->text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->count, count);
	assert_int_equal(r->verified, result != RECEIPT_REFUSED);
}

static void connections_with_an_address_are_cut_and_no_others(void **state)
{
	struct verb_args args = cut_of("198.51.100.3");
	struct connection a, b, other;

	(void)state;
	if (!possible)
		skip();
	a = connection_from("198.51.100.3");
	b = connection_from("198.51.100.3");
	other = connection_from("198.51.100.4");
	says(&args, RECEIPT_DONE, 2, "198.51.100.3: 2 connections cut; the kernel lists none any more");
	assert_false(is_open(&a));
	assert_false(is_open(&b));
	assert_true(is_open(&other));
	says(&args, RECEIPT_ALREADY, 0, "198.51.100.3: there was no connection");
	end(&a);
	end(&b);
	end(&other);
}

static void connections_with_a_network_are_cut_but_for_what_is_never_banned(void **state)
{
	struct verb_args args = cut_of("192.0.0.0/16");
	struct connection friend, other;

	(void)state;
	if (!possible)
		skip();
	friend = connection_from("192.0.2.7");
	other = connection_from("192.0.9.9");
	says(&args, RECEIPT_DONE, 1,
	     "1 connection cut; the kernel lists none any more but those with addresses of never_ban");
	assert_false(is_open(&other));
	end(&other);
	says(&args, RECEIPT_ALREADY, 0, "but with addresses of never_ban; include_me=yes cuts those, too");
	args = cut_of("192.0.2.7");
	says(&args, RECEIPT_REFUSED, 0, "never_ban covers it; include_me=yes cuts it");
	assert_true(is_open(&friend));
	args.include_me = 1;
	says(&args, RECEIPT_DONE, 1, "192.0.2.7: 1 connection cut");
	assert_false(is_open(&friend));
	end(&friend);
}

/* A process of a user that has connections open, and nothing else. */
static pid_t opener(uid_t uid, unsigned count, int flags)
{
	char byte = 0;
	int ready[2];
	pid_t pid;

	require(pipe(ready) == 0);
	pid = fork();
	require(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* What this process has open is not the other one's. */
		for (int fd = 3; fd < 256; fd++)
			if (fd != ready[1])
				close(fd);
		require(setuid(uid) == 0);
		for (unsigned i = 0; i < count; i++)
			(void)begin("198.51.100.4");
		require(unshare(flags) == 0 && write(ready[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	require(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	require(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

/* Whether the other end was reset. */
static bool is_reset(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	char byte;

	return poll(&p, 1, 1000) == 1 && recv(fd, &byte, 1, 0) < 0 && errno == ECONNRESET;
}

static void connections_of_an_account_are_cut_and_no_others(void **state)
{
	struct verb_args args = guard_account(VERB_CUT, "bob", 0);
	struct connection roots;
	int served;
	pid_t pid;

	(void)state;
	if (!possible)
		skip();
	roots = connection_from("198.51.100.4");
	pid = opener(SOMEBODY, 1, 0);
	served = accept(listener, NULL, NULL);
	says(&args, RECEIPT_DONE, 1, "account bob: 1 connection cut");
	assert_true(is_reset(served));
	assert_true(is_open(&roots));
	stop(pid);
	close(served);
	end(&roots);
	args = guard_account(VERB_CUT, "nosuch", 0);
	assert_int_equal(order(&args)->result, RECEIPT_FAILED);
}

static void connections_of_a_process_are_cut_and_no_others(void **state)
{
	struct verb_args args = {.verb = VERB_CUT};
	int served[OPENER_CONNECTIONS];
	struct connection roots;
	struct proc_stat stat;

	(void)state;
	if (!possible)
		skip();
	roots = connection_from("198.51.100.4");
	args.pid = (int32_t)opener(0, OPENER_CONNECTIONS, 0);
	for (unsigned i = 0; i < OPENER_CONNECTIONS; i++)
		served[i] = accept(listener, NULL, NULL);
	require(procs_stat(args.pid, &stat) == ERR_OK);
	args.start_ticks = stat.start_ticks + 1;
	says(&args, RECEIPT_REFUSED, 0, "there is no such process");
	args.start_ticks = 0;
	says(&args, RECEIPT_DONE, OPENER_CONNECTIONS, ": 2 connections cut; the kernel lists none any more");
	assert_int_equal(guard.message.receipt.args.start_ticks, stat.start_ticks);
	for (unsigned i = 0; i < OPENER_CONNECTIONS; i++) {
		assert_true(is_reset(served[i]));
		close(served[i]);
	}
	assert_true(is_open(&roots));
	says(&args, RECEIPT_ALREADY, 0, "there was no connection");
	stop(args.pid);
	says(&args, RECEIPT_REFUSED, 0, "there is no such process");
	end(&roots);
}

static void process_in_another_network_is_refused(void **state)
{
	struct verb_args args = {.verb = VERB_CUT};

	(void)state;
	if (!possible)
		skip();
	args.pid = (int32_t)opener(0, 0, CLONE_NEWNET);
	says(&args, RECEIPT_REFUSED, 0, "a network of its own");
	stop(args.pid);
}

static void the_guards_own_link_is_never_cut(void **state)
{
	struct verb_args by_account = guard_account(VERB_CUT, "nobody", 0), by_addr = cut_of("198.51.100.2");
	struct verb_args by_pid = {.verb = VERB_CUT, .pid = (int32_t)guard.core, .include_me = 1};
	struct connection served;
	pid_t pid;

	(void)state;
	if (!possible)
		skip();
	by_addr.include_me = by_account.include_me = 1;
	pid = opener(GUARD_USER, 1, 0);
	served.served = accept(listener, NULL, NULL);
	says(&by_addr, RECEIPT_ALREADY, 0, "there was no connection");
	says(&by_account, RECEIPT_REFUSED, 0, "it is the guard's own user");
	says(&by_pid, RECEIPT_REFUSED, 0, "it is the guard itself");
	assert_int_equal(send(served.served, "x", 1, MSG_NOSIGNAL), 1);
	stop(pid);
	close(served.served);
}

static void only_an_order_cuts(void **state)
{
	struct verb_args args = cut_of("198.51.100.3");
	struct connection c;

	(void)state;
	if (!possible)
		skip();
	c = connection_from("198.51.100.3");
	assert_int_equal(guard_act(&guard, &args, ORIGIN_LOCAL)->err, ERR_DENIED);
	assert_int_equal(guard_act(&guard, &args, ORIGIN_RULE)->err, ERR_DENIED);
	assert_true(is_open(&c));
	end(&c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, prepare, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connections_with_an_address_are_cut_and_no_others),
		TEST(connections_with_a_network_are_cut_but_for_what_is_never_banned),
		TEST(connections_of_an_account_are_cut_and_no_others),
		TEST(connections_of_a_process_are_cut_and_no_others),
		TEST(process_in_another_network_is_refused),
		TEST(the_guards_own_link_is_never_cut),
		TEST(only_an_order_cuts),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
