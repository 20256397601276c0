/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/sender.h"

#include "agent/event/connection.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define LOCAL "192.0.2.1"
#define REMOTE "198.51.100.7"

static struct socket_sample sent;
static struct sender sender;

static int begin(void **unused)
{
	(void)unused;
	sent = (struct socket_sample){.kind = SOCKET_SAMPLE_OPENED,
				      .protocol = CONNECTION_UDP,
				      .family = 4,
				      .local = {192, 0, 2, 1},
				      .remote = {198, 51, 100, 7},
				      .local_port = 40000,
				      .remote_port = 53};
	sender = (struct sender){.connection = &sent};
	return 0;
}

static struct inet_diag_msg from(int family, const char *src, const char *dst, uint32_t inode)
{
	struct inet_diag_msg d = {.idiag_family = (uint8_t)family, .idiag_uid = 1000, .idiag_inode = inode};

	d.id.idiag_sport = htons(40000);
	d.id.idiag_cookie[0] = inode;
	assert_int_equal(inet_pton(family, src, d.id.idiag_src), 1);
	if (!dst)
		return d;
	d.id.idiag_dport = htons(53);
	assert_int_equal(inet_pton(family, dst, d.id.idiag_dst), 1);
	return d;
}

/* An answer of the kernel, which says of IPv6 whether it takes no IPv4. */
static void give(const struct inet_diag_msg *d, int only_v6)
{
	char bytes[256];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	struct netlink_message m;
	struct view v;

	netlink_begin(&o, SOCK_DIAG_BY_FAMILY, 0);
	netlink_header(&o, d, sizeof(*d));
	if (only_v6 >= 0)
		netlink_u8(&o, INET_DIAG_SKV6ONLY, (uint8_t)only_v6);
	v = view_over(o.data, o.len);
	assert_true(netlink_next(&v, &m));
	sender_take(&sender, &m);
}

static void give_one(struct inet_diag_msg d)
{
	give(&d, -1);
}

static void a_socket_that_could_have_sent_it_is_its_sender(void **unused)
{
	(void)unused;
	assert_false(sender_is_known(&sender));
	give_one(from(AF_INET, LOCAL, REMOTE, 7));
	assert_true(sender_is_known(&sender));
	assert_int_equal(sender.inode, 7);
	assert_int_equal(sender.uid, 1000);
	/* The same answer once more, as when the kernel's list changed and it was asked again. */
	give_one(from(AF_INET, LOCAL, REMOTE, 7));
	assert_true(sender_is_known(&sender));
}

static void one_that_is_not_connected_sends_to_anybody(void **unused)
{
	(void)unused;
	give_one(from(AF_INET, "0.0.0.0", NULL, 8));
	assert_true(sender_is_known(&sender));
	assert_int_equal(sender.inode, 8);
}

static void of_several_none_is_chosen(void **unused)
{
	(void)unused;
	give_one(from(AF_INET, "0.0.0.0", NULL, 8));
	give_one(from(AF_INET, LOCAL, NULL, 9));
	assert_false(sender_is_known(&sender));
	assert_int_equal(sender.count, 2);
}

static void what_cannot_have_sent_it_is_passed_over(void **unused)
{
	struct inet_diag_msg d = from(AF_INET, LOCAL, REMOTE, 7);

	(void)unused;
	give_one(from(AF_INET, "192.0.2.2", NULL, 1)); /* another address of the device */
	give_one(from(AF_INET, LOCAL, "198.51.100.8", 2));
	d.id.idiag_dport = htons(54);
	give_one(d);
	d = from(AF_INET, "0.0.0.0", NULL, 3);
	d.id.idiag_sport = htons(40001);
	give_one(d);
	d = from(AF_INET, LOCAL, REMOTE, 4);
	d.idiag_family = AF_UNIX;
	give_one(d);
	assert_int_equal(sender.count, 0);
}

static void a_socket_of_ipv6_sends_over_ipv4_unless_it_is_for_ipv6_only(void **unused)
{
	struct inet_diag_msg any = from(AF_INET6, "::", NULL, 5);

	(void)unused;
	give(&any, 1);
	assert_int_equal(sender.count, 0);
	give(&any, 0);
	assert_true(sender_is_known(&sender));
	begin(NULL);
	give_one(from(AF_INET6, "::ffff:" LOCAL, "::ffff:" REMOTE, 6));
	assert_true(sender_is_known(&sender));
	begin(NULL);
	give_one(from(AF_INET6, "2001:db8::1", NULL, 6));
	assert_false(sender_is_known(&sender));
}

static void an_end_of_tcp_that_is_no_process_s_any_more_has_no_owner(void **unused)
{
	(void)unused;
	sent.protocol = CONNECTION_TCP;
	give_one(from(AF_INET, "0.0.0.0", NULL, 5)); /* who listens at the port has not connected from it */
	assert_int_equal(sender.count, 0);
	give_one(from(AF_INET, LOCAL, REMOTE, 0)); /* it waits for its time to be over */
	assert_false(sender_is_known(&sender));
}

static void a_damaged_answer_says_nothing(void **unused)
{
	struct inet_diag_msg d = from(AF_INET, LOCAL, REMOTE, 7);
	struct netlink_message m = {.type = SOCK_DIAG_BY_FAMILY, .body = view_over(&d, sizeof(d) - 1)};

	(void)unused;
	sender_take(&sender, &m);
	m = (struct netlink_message){.type = NLMSG_DONE, .body = view_over(&d, sizeof(d))};
	sender_take(&sender, &m);
	assert_int_equal(sender.count, 0);
}

/* By the kernel itself: two ends of this program, found by their ends. */
static void the_kernel_finds_both_kinds(void **unused)
{
	static char memory[32 << 10];
	struct netlink diag = {.fd = -1, .in = memory, .in_cap = sizeof(memory)};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, b = a;
	socklen_t len = sizeof(a);
	int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), own = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)unused;
	if (netlink_open(&diag, NETLINK_SOCK_DIAG) != ERR_OK)
		skip();
	assert_int_equal(bind(other, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(other, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(connect(own, (struct sockaddr *)&a, len), 0);
	assert_int_equal(getsockname(own, (struct sockaddr *)&b, &len), 0);
	sent.local_port = ntohs(b.sin_port);
	sent.remote_port = ntohs(a.sin_port);
	memcpy(sent.local, &b.sin_addr, 4);
	memcpy(sent.remote, &a.sin_addr, 4);
	assert_int_equal(sender_find(&sender, &diag, 5), 7);
	if (sender.count == 0)
		skip(); /* a kernel without udp_diag */
	assert_true(sender_is_known(&sender));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_socket_that_could_have_sent_it_is_its_sender, begin),
		cmocka_unit_test_setup(one_that_is_not_connected_sends_to_anybody, begin),
		cmocka_unit_test_setup(of_several_none_is_chosen, begin),
		cmocka_unit_test_setup(what_cannot_have_sent_it_is_passed_over, begin),
		cmocka_unit_test_setup(a_socket_of_ipv6_sends_over_ipv4_unless_it_is_for_ipv6_only, begin),
		cmocka_unit_test_setup(an_end_of_tcp_that_is_no_process_s_any_more_has_no_owner, begin),
		cmocka_unit_test_setup(a_damaged_answer_says_nothing, begin),
		cmocka_unit_test_setup(the_kernel_finds_both_kinds, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
