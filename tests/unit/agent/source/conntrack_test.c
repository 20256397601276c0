/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/source/conntrack.h"

#include "agent/event/connection.h"

#include <linux/if_addr.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct conntrack_own own;
static struct socket_sample sample;

static struct addr parse(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(str_from(text), &a), ERR_OK);
	return a;
}

static struct netlink_message only(struct netlink_out *o)
{
	struct view v = view_over(o->data, o->len);
	struct netlink_message m;

	assert_int_equal(netlink_check(o), ERR_OK);
	assert_true(netlink_next(&v, &m));
	return m;
}

static void add_own(const char *text)
{
	uint8_t bytes[128];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	struct ifaddrmsg head = {0};
	struct addr a = parse(text);
	struct netlink_message m;

	netlink_begin(&o, RTM_NEWADDR, 0);
	netlink_header(&o, &head, sizeof(head));
	netlink_bytes(&o, IFA_ADDRESS, a.bytes, a.family == 4 ? 4 : 16);
	m = only(&o);
	conntrack_add_own(&own, &m);
}

struct entry {
	const char *src, *dst;
	uint16_t src_port, dst_port;
	uint8_t protocol;
};

static enum conntrack_result read_entry(struct entry e)
{
	static uint8_t bytes[512];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	struct addr src = parse(e.src), dst = parse(e.dst);
	size_t len = src.family == 4 ? 4 : 16, tuple, nest;
	struct nfgenmsg head = {0};
	struct netlink_message m;

	netlink_begin(&o, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, 0);
	netlink_header(&o, &head, sizeof(head));
	tuple = netlink_nest(&o, CTA_TUPLE_ORIG);
	nest = netlink_nest(&o, CTA_TUPLE_IP);
	netlink_bytes(&o, len == 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, src.bytes, len);
	netlink_bytes(&o, len == 4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, dst.bytes, len);
	netlink_nest_end(&o, nest);
	nest = netlink_nest(&o, CTA_TUPLE_PROTO);
	netlink_u8(&o, CTA_PROTO_NUM, e.protocol);
	netlink_be16(&o, CTA_PROTO_SRC_PORT, e.src_port);
	netlink_be16(&o, CTA_PROTO_DST_PORT, e.dst_port);
	netlink_nest_end(&o, nest);
	netlink_nest_end(&o, tuple);
	m = only(&o);
	return conntrack_read(&m, &own, &sample);
}

static int begin(void **unused)
{
	(void)unused;
	own.count = 0;
	add_own("192.0.2.10");
	add_own("2001:db8::10");
	return 0;
}

static void who_began_it_is_told_by_the_device_s_addresses(void **unused)
{
	(void)unused;
	assert_int_equal(own.count, 2);
	assert_int_equal(read_entry((struct entry){"192.0.2.10", "198.51.100.1", 4000, 53, IPPROTO_UDP}),
			 CONNTRACK_OURS);
	assert_int_equal(sample.kind, SOCKET_SAMPLE_OPENED);
	assert_int_equal(sample.protocol, CONNECTION_UDP);
	assert_int_equal(sample.flags, 0);
	assert_int_equal(sample.local_port, 4000);
	assert_int_equal(sample.remote_port, 53);
	assert_memory_equal(sample.remote, "\xc6\x33\x64\x01", 4);
	assert_int_equal(read_entry((struct entry){"2001:db8::1", "2001:db8::10", 4000, 22, IPPROTO_TCP}),
			 CONNTRACK_OURS);
	assert_int_equal(sample.kind, SOCKET_SAMPLE_ACCEPTED);
	assert_int_equal(sample.family, 6);
	assert_int_equal(sample.local_port, 22);
	assert_int_equal(sample.remote_port, 4000);
	assert_int_equal(sample.pid, 0);
	assert_int_equal(sample.flags, SOCKET_SAMPLE_TRIED);
}

static void what_passes_through_is_not_the_device_s(void **unused)
{
	(void)unused;
	assert_int_equal(read_entry((struct entry){"10.0.0.1", "10.0.0.2", 1, 2, IPPROTO_TCP}), CONNTRACK_FOREIGN);
	assert_int_equal(read_entry((struct entry){"127.0.0.1", "127.0.0.1", 1, 2, IPPROTO_TCP}), CONNTRACK_OURS);
	assert_int_equal(read_entry((struct entry){"192.0.2.10", "10.0.0.2", 1, 2, IPPROTO_ICMP}), CONNTRACK_NOTHING);
}

static void own_addresses_are_bounded(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < 2 * CONNTRACK_OWN_MAX; i++)
		add_own("192.0.2.11");
	assert_int_equal(own.count, CONNTRACK_OWN_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_began_it_is_told_by_the_device_s_addresses, begin),
		cmocka_unit_test_setup(what_passes_through_is_not_the_device_s, begin),
		cmocka_unit_test_setup(own_addresses_are_bounded, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
