/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits by a confined actor, over real packets: in force, changed, ended, put back, over its death at any moment.
 * Skipped where such an actor is not permitted.
 */
#include "agent/actor/sys/netfilter_limit.h"
#include "agent/base/require.h"
#include "tests/unit/agent/actor/guard_killed.h"
#include "tests/unit/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HERE "198.51.100.2"
#define SENT 100u
#define RATE 10u

static struct guard guard;
static struct netfilter filter;
static struct key_der order_key;
static bool possible;
static int listener, here, there;
static pid_t peer;

static int namespace_of(pid_t pid)
{
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	require(fd >= 0);
	return fd;
}

/* A process that only holds a network namespace, where the others are. */
static void start_peer(void)
{
	char byte = 0;
	int ready[2];

	require(pipe(ready) == 0);
	peer = fork();
	require(peer >= 0);
	if (peer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		require(unshare(CLONE_NEWNET) == 0 && write(ready[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	require(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	here = namespace_of(getpid());
	there = namespace_of(peer);
}

static bool connect_peer(void)
{
	char words[128];
	bool good;

	start_peer();
	snprintf(words, sizeof(words), "link add v0 type veth peer name v1 netns %d", (int)peer);
	good = ip_run(words) && ip_run("address add " HERE "/24 dev v0") && ip_run("link set v0 up");
	require(setns(there, CLONE_NEWNET) == 0);
	good = good && ip_run("address add 198.51.100.3/24 dev v1") && ip_run("address add 198.51.100.4/24 dev v1") &&
	       ip_run("link set v1 up");
	require(setns(here, CLONE_NEWNET) == 0);
	return good;
}

static struct sockaddr_in address_of(const char *text, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};

	require(inet_pton(AF_INET, text, &a.sin_addr) == 1);
	return a;
}

static int socket_at(const char *text, uint16_t port)
{
	struct sockaddr_in a = address_of(text, port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	require(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	return fd;
}

static void begin(void)
{
	guard_trust(&guard, &order_key);
	listener = socket_at(HERE, 2222);
	guard_start(&guard);
}

static int prepare(void **state)
{
	(void)state;
	possible = guard_prepare(&guard) && connect_peer();
	if (!possible)
		return 0;
	require(netfilter_open(&filter, false) == ERR_OK);
	begin();
	return 0;
}

static int prepare_iptables(void **state)
{
	(void)state;
	possible = guard_prepare(&guard) && guard_by_iptables(&guard, &filter) && connect_peer();
	if (possible)
		begin();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!possible)
		return 0;
	close(listener);
	netfilter_close(&filter);
	(void)guard_tear_down(&guard, NULL);
	close(here);
	close(there);
	(void)kill(peer, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return 0;
}

static struct verb_args limit_of(const char *net, uint64_t rate, uint32_t seconds)
{
	struct verb_args args = {.verb = VERB_LIMIT, .rate = rate, .duration_s = seconds};

	require(addr_parse_prefix(str_from(net), &args.addr) == ERR_OK);
	return args;
}

static struct verb_args unlimit_of(const char *net)
{
	struct verb_args args = limit_of(net, 0, 0);

	args.verb = VERB_UNLIMIT;
	return args;
}

static void says(const struct verb_args *args, uint8_t result, const char *text)
{
	struct order o = guard_order_of(args);
	const struct actor_receipt *r = guard_order(&guard, &o, &order_key);

	assert_non_null(r);
	if (!strstr(r->text, text))
		fail_msg("\"%s\" is not in \"%s\"", text, r->text);
	assert_int_equal(r->result, result);
	assert_int_equal(r->verified, result == RECEIPT_DONE || result == RECEIPT_ALREADY);
}

/* How many of SENT packets of an address come through, which are sent as fast as can be. */
static unsigned pass_from(const char *from)
{
	struct sockaddr_in dst = address_of(HERE, 2222);
	struct pollfd p = {listener, POLLIN, 0};
	unsigned got = 0;
	char byte;
	int fd;

	require(setns(there, CLONE_NEWNET) == 0);
	fd = socket_at(from, 0);
	require(setns(here, CLONE_NEWNET) == 0);

	for (unsigned i = 0; i < SENT; i++)
		(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&dst, sizeof(dst));
	/* What was sent comes a moment later. */
	while (poll(&p, 1, 50) == 1 && recv(listener, &byte, 1, 0) == 1)
		got++;
	close(fd);
	return got;
}

static void address_is_limited_and_no_other(void **state)
{
	struct verb_args args = limit_of("198.51.100.3", RATE, 0), end = unlimit_of("198.51.100.3");

	(void)state;
	if (!possible)
		skip();
	says(&args, RECEIPT_DONE, "limited 198.51.100.3 to 10 packets/s for 1 h; read back");
	assert_in_range(pass_from("198.51.100.3"), 1, SENT / 2);
	assert_int_equal(pass_from("198.51.100.4"), SENT);
	says(&args, RECEIPT_ALREADY, "already limited: 198.51.100.3 to 10 packets/s");
	says(&end, RECEIPT_DONE, "198.51.100.3: not limited any more");
	assert_int_equal(pass_from("198.51.100.3"), SENT);
	assert_int_equal(netfilter_limit_check(&filter, NULL, 0), ERR_OK);
	says(&end, RECEIPT_ALREADY, "there was nothing to take back");
}

static void network_shares_one_limit_and_the_newest_order_counts(void **state)
{
	struct verb_args args = limit_of("198.51.100.0/25", RATE, 600);

	(void)state;
	if (!possible)
		skip();
	/* An address of this machine's own is among them. */
	says(&args, RECEIPT_REFUSED, "198.51.100.2 is an address of this machine");
	args = limit_of("192.0.2.7", RATE, 600);
	says(&args, RECEIPT_REFUSED, "never_ban covers 192.0.2.0/24");
	args = limit_of("203.0.113.0/25", RATE, 600);
	says(&args, RECEIPT_DONE, "203.0.113.0/25 to 10 packets/s for 10 min");
	args.rate = 5000;
	args.duration_s = 60;
	says(&args, RECEIPT_DONE, "203.0.113.0/25 to 5000 packets/s for 1 min");
	assert_int_equal(netfilter_limit_check(&filter, &(struct netfilter_limit){args.addr, 5000}, 1), ERR_OK);
	assert_int_equal(netfilter_limit_check(&filter, &(struct netfilter_limit){args.addr, 10}, 1), ERR_UNVERIFIED);
}

static void many_of_both_families_are_in_force_at_once(void **state)
{
	static const char *const nets[] = {"203.0.113.9", "2001:db8:1::/48", "198.18.0.0/15", "2001:db8::7"};
	struct verb_args args;

	(void)state;
	if (!possible)
		skip();
	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		args = limit_of(nets[i], RATE + i, 0);
		says(&args, RECEIPT_DONE, "read back");
	}
	/* The ledger's rows change places. */
	args = unlimit_of(nets[0]);
	says(&args, RECEIPT_DONE, "not limited");
	args = limit_of(nets[1], RATE + 1, 60);
	says(&args, RECEIPT_ALREADY, "already limited: 2001:db8:1::/48 to 11 packets/s");
	args = limit_of(nets[3], RATE + 3, 0);
	says(&args, RECEIPT_ALREADY, "already limited: 2001:db8::7 to 13 packets/s");
}

static bool is_limited(bool in_force)
{
	const struct verb_args args = limit_of("198.51.100.3", RATE, 0);
	const struct netfilter_limit one = {args.addr, RATE};

	/* The guard that just started may be at it. */
	for (unsigned ms = 0; ms < 2000; ms++) {
		if (netfilter_limit_check(&filter, &one, in_force) == ERR_OK)
			return true;
		(void)usleep(1000);
	}
	return false;
}

static void limit_ends_with_its_time(void **state)
{
	struct verb_args args = limit_of("198.51.100.3", RATE, 1);

	(void)state;
	if (!possible)
		skip();
	says(&args, RECEIPT_DONE, "limited");
	while (guard_wait(&guard, ACTOR_RECEIPT))
		if (guard.message.receipt.result == RECEIPT_REVERTED)
			break;
	assert_non_null(strstr(guard.message.receipt.text, "limit of 198.51.100.3 ended: its time is over"));
	assert_int_equal(netfilter_limit_check(&filter, NULL, 0), ERR_OK);
}

static void flush(void)
{
	require(netfilter_limit_set(&filter, NULL, 0) == ERR_OK);
}

static void what_somebody_flushes_is_put_back_and_told_of(void **state)
{
	struct verb_args args = limit_of("198.51.100.3", RATE, 0);

	(void)state;
	if (!possible)
		skip();
	says(&args, RECEIPT_DONE, "limited");
	flush();
	while (guard_wait(&guard, ACTOR_RECEIPT))
		if (guard.message.receipt.result == RECEIPT_RESTORED)
			break;
	assert_int_equal(guard.message.receipt.result, RECEIPT_RESTORED);
	assert_non_null(strstr(guard.message.receipt.text, "put back with 1 of 1 effects missing"));
	assert_true(is_limited(true));
	/* And what is taken away while no guard runs. */
	guard_kill(&guard);
	flush();
	guard_start(&guard);
	assert_true(is_limited(true));
}

static void limit_that_no_ledger_knows_is_ended(void **state)
{
	const struct verb_args args = limit_of("198.51.100.3", RATE, 0);

	(void)state;
	if (!possible)
		skip();
	guard_kill(&guard);
	require(netfilter_limit_set(&filter, &(struct netfilter_limit){args.addr, RATE}, 1) == ERR_OK);
	guard_start(&guard);
	assert_true(is_limited(false));
}

static void killed_at_any_moment_it_is_limited_or_not_as_the_ledger_says(void **state)
{
	struct guard_killed what = {.is_as = is_limited, .order_key = &order_key};

	(void)state;
	if (!possible)
		skip();
	what.begin = limit_of("198.51.100.3", RATE, 3600);
	what.end = unlimit_of("198.51.100.3");
	guard_killed(&guard, &what);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, prepare, tear_down)
#define IPTABLES(f)                                                     \
	{                                                               \
#f " by iptables", f, prepare_iptables, tear_down, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(address_is_limited_and_no_other),
		TEST(network_shares_one_limit_and_the_newest_order_counts),
		TEST(many_of_both_families_are_in_force_at_once),
		TEST(limit_ends_with_its_time),
		TEST(what_somebody_flushes_is_put_back_and_told_of),
		TEST(limit_that_no_ledger_knows_is_ended),
		TEST(killed_at_any_moment_it_is_limited_or_not_as_the_ledger_says),
		IPTABLES(address_is_limited_and_no_other),
		IPTABLES(network_shares_one_limit_and_the_newest_order_counts),
		IPTABLES(many_of_both_families_are_in_force_at_once),
		IPTABLES(limit_ends_with_its_time),
		IPTABLES(what_somebody_flushes_is_put_back_and_told_of),
		IPTABLES(limit_that_no_ledger_knows_is_ended),
	};

	guard_maybe_core();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
