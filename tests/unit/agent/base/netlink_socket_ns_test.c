/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations with the kernel of a network namespace of its own; skipped where that is not permitted. */
#include "agent/base/netlink_socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK 1 /* its index in every namespace */

static uint8_t request[256], answer[32768];
static struct netlink s;
static struct netlink_out out;
static bool possible;

static int enter_namespace(void **state)
{
	(void)state;
	possible = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	s = (struct netlink){.in = answer, .in_cap = sizeof(answer)};
	out = netlink_over(request, sizeof(request));
	return netlink_open(&s, NETLINK_ROUTE) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	netlink_close(&s);
	return s.fd == -1 ? 0 : -1;
}

/* Give loopback an address of 127.0.0.0/8, or take it away. */
static enum err address(struct netlink *by, uint16_t type, uint8_t last, uint16_t flags)
{
	static uint8_t bytes_out[128];
	static uint32_t seq;
	struct netlink_out o = netlink_over(bytes_out, sizeof(bytes_out));
	struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_prefixlen = 8, .ifa_index = LOOPBACK};
	const uint8_t bytes[4] = {127, 9, 9, last};

	o.seq = seq;
	netlink_clear(&o);
	netlink_begin(&o, type, NLM_F_ACK | flags);
	netlink_header(&o, &header, sizeof(header));
	netlink_bytes(&o, IFA_LOCAL, bytes, sizeof(bytes));
	seq = o.seq;
	return netlink_ask(by, &o, o.seq, NULL);
}

static void count(void *context, const struct netlink_message *m)
{
	*(unsigned *)context += m->type == RTM_NEWADDR;
}

static enum err count_addresses(unsigned *found)
{
	struct ifaddrmsg header = {.ifa_family = AF_INET};
	struct netlink_reader reader = {count, NULL, found};

	*found = 0;
	netlink_clear(&out);
	netlink_begin(&out, RTM_GETADDR, NLM_F_DUMP);
	netlink_header(&out, &header, sizeof(header));
	return netlink_ask(&s, &out, out.seq, &reader);
}

static void netlink_ask_gives_what_the_kernel_answers(void **state)
{
	unsigned found;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(address(&s, RTM_NEWADDR, 1, NLM_F_CREATE | NLM_F_EXCL), ERR_OK);
	assert_int_equal(address(&s, RTM_NEWADDR, 1, NLM_F_CREATE | NLM_F_EXCL), ERR_EXISTS);
	assert_int_equal(count_addresses(&found), ERR_OK);
	assert_int_equal(found, 1);
	assert_int_equal(address(&s, RTM_DELADDR, 1, 0), ERR_OK);
	assert_int_equal(count_addresses(&found), ERR_OK);
	assert_int_equal(found, 0);
}

static void netlink_ask_sends_nothing_that_overflowed(void **state)
{
	static const uint8_t much[sizeof(request)];
	unsigned found;

	(void)state;
	if (!possible)
		skip();
	netlink_begin(&out, RTM_GETADDR, NLM_F_DUMP);
	netlink_bytes(&out, 1, much, sizeof(much));
	assert_int_equal(netlink_ask(&s, &out, out.seq, NULL), ERR_TOO_LONG);
	assert_int_equal(count_addresses(&found), ERR_OK);
}

/* The kernel has nothing to say of NLMSG_NOOP. */
static void netlink_ask_does_not_wait_for_ever(void **state)
{
	(void)state;
	if (!possible)
		skip();
	netlink_begin(&out, NLMSG_NOOP, 0);
	assert_int_equal(netlink_ask(&s, &out, out.seq, NULL), ERR_TIMEOUT);
}

/* Another program's lie is the first thing in the queue, and as the kernel would say it. */
static void netlink_ask_believes_the_kernel_only(void **state)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} lie = {{sizeof(lie), NLMSG_ERROR, 0, 0, 0}, {.error = -1}};
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = s.port};
	struct netlink other;
	struct view datagram;
	unsigned found;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(netlink_open(&other, NETLINK_ROUTE), ERR_OK);
	lie.h.nlmsg_seq = out.seq + 1;
	lie.h.nlmsg_pid = s.port;
	assert_int_equal(sendto(other.fd, &lie, sizeof(lie), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(lie));
	assert_int_equal(count_addresses(&found), ERR_OK);
	assert_int_equal(sendto(other.fd, &lie, sizeof(lie), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(lie));
	assert_int_equal(netlink_receive(s.fd, answer, sizeof(answer), &datagram), ERR_TIMEOUT);
	netlink_close(&other);
}

static void netlink_receive_tells_what_was_lost(void **state)
{
	static const int least = 1;
	struct netlink watch;
	struct view datagram;
	uint8_t small[20];
	enum err err = ERR_OK;
	unsigned lost = 0;

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(netlink_open(&watch, NETLINK_ROUTE), ERR_OK);
	assert_int_equal(netlink_join(watch.fd, RTNLGRP_IPV4_IFADDR), ERR_OK);
	assert_int_equal(netlink_join(watch.fd, 100000), ERR_INVALID);
	assert_int_equal(netlink_receive(watch.fd, answer, sizeof(answer), &datagram), ERR_TIMEOUT);
	assert_int_equal(address(&s, RTM_NEWADDR, 1, NLM_F_CREATE), ERR_OK);
	assert_int_equal(address(&s, RTM_DELADDR, 1, 0), ERR_OK);
	assert_int_equal(netlink_receive(watch.fd, small, sizeof(small), &datagram), ERR_FULL);
	assert_int_equal(datagram.len, 0);
	assert_int_equal(netlink_receive(watch.fd, answer, sizeof(answer), &datagram), ERR_OK);
	assert_true(datagram.len > sizeof(small));
	assert_int_equal(setsockopt(watch.fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)), 0);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(address(&s, i % 2 ? RTM_DELADDR : RTM_NEWADDR, 1, NLM_F_CREATE), ERR_OK);
	while (err != ERR_TIMEOUT) {
		err = netlink_receive(watch.fd, answer, sizeof(answer), &datagram);
		assert_true(err == ERR_OK || err == ERR_FULL || err == ERR_TIMEOUT);
		lost += err == ERR_FULL;
	}
	assert_true(lost > 0);
	netlink_close(&watch);
}

#define MANY 200 /* addresses: several datagrams of LITTLE bytes */
#define LITTLE 4096

struct meddler {
	struct netlink by;
	unsigned seen, changes, begun_anew;
};

/* Somebody changes the list while it is dumped. */
static void meddle(void *context, const struct netlink_message *message)
{
	struct meddler *m = context;

	(void)message;
	if (m->seen++ % 20 != 0 || m->changes == 0)
		return;
	assert_int_equal(address(&m->by, m->changes % 2 ? RTM_DELADDR : RTM_NEWADDR, 255, NLM_F_CREATE), ERR_OK);
	m->changes--;
}

static void begin_anew(void *context)
{
	struct meddler *m = context;

	m->seen = 0;
	m->begun_anew++;
}

static void netlink_ask_repeats_a_dump_that_was_disturbed(void **state)
{
	static uint8_t bytes[LITTLE];
	struct meddler m = {.by = {.in = bytes, .in_cap = sizeof(bytes)}};
	struct netlink_reader reader = {meddle, begin_anew, &m};
	const struct ifaddrmsg header = {.ifa_family = AF_INET};

	(void)state;
	if (!possible)
		skip();
	assert_int_equal(netlink_open(&m.by, NETLINK_ROUTE), ERR_OK);
	for (unsigned i = 0; i < MANY; i++)
		assert_int_equal(address(&m.by, RTM_NEWADDR, (uint8_t)i, NLM_F_CREATE), ERR_OK);
	/* The kernel fills datagrams up to the longest that the socket ever asked for. */
	s.in_cap = LITTLE;
	netlink_begin(&out, RTM_GETADDR, NLM_F_DUMP);
	netlink_header(&out, &header, sizeof(header));
	m.changes = 2;
	assert_int_equal(netlink_ask(&s, &out, out.seq, &reader), ERR_OK);
	assert_int_equal(m.begun_anew, 1);
	assert_int_equal(m.seen, MANY);
	m.begun_anew = 0;
	m.changes = 10000;
	assert_int_equal(netlink_ask(&s, &out, out.seq, &reader), ERR_BUSY);
	assert_int_equal(m.begun_anew, NETLINK_DUMPS_MAX - 1);
	/* The socket is as good as before. */
	m.changes = 0;
	assert_int_equal(netlink_ask(&s, &out, out.seq, &reader), ERR_OK);
	netlink_close(&m.by);
}

static void netlink_open_says_what_the_kernel_has_not(void **state)
{
	struct netlink none;

	(void)state;
	assert_int_equal(netlink_open(&none, 31), ERR_UNSUPPORTED);
	assert_int_equal(none.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(netlink_ask_gives_what_the_kernel_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(netlink_ask_sends_nothing_that_overflowed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(netlink_ask_does_not_wait_for_ever, set_up, tear_down),
		cmocka_unit_test_setup_teardown(netlink_ask_believes_the_kernel_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(netlink_receive_tells_what_was_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(netlink_ask_repeats_a_dump_that_was_disturbed, set_up, tear_down),
		cmocka_unit_test(netlink_open_says_what_the_kernel_has_not),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
