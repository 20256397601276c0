/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's messages say of addresses that the machine needs; damaged ones say nothing. Pure. */
#include "agent/actor/sys/hosts_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

static struct hosts_list list;
static _Alignas(8) uint8_t body[256];
static size_t len;

static void begin(enum rails_kind kind, const void *header, size_t size)
{
	memset(&list, 0, sizeof(list));
	list.kind = kind;
	memcpy(body, header, size);
	len = size;
}

/* An attribute behind the others. */
static void add(uint16_t type, const void *value, size_t size)
{
	struct rtattr a = {(uint16_t)(RTA_LENGTH(size)), type};

	memcpy(body + len, &a, sizeof(a));
	memcpy(body + len + sizeof(a), value, size);
	len += RTA_SPACE(size);
}

static unsigned take(uint16_t type)
{
	const struct netlink_message m = {.type = type, .body = view_over(body, len)};

	hosts_list_take(&list, &m);
	return list.found.count;
}

static bool has(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse_prefix(str_from(text), &a), ERR_OK);
	for (unsigned i = 0; i < list.found.count; i++)
		if (addr_equal(&list.found.rows[i].addr, &a) && list.found.rows[i].kind == list.kind)
			return true;
	return false;
}

static const uint8_t four[4] = {192, 0, 2, 1}, other[4] = {192, 0, 2, 9};
static const uint8_t six[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};

static void addresses_of_both_families_are_taken(void **state)
{
	struct ifaddrmsg header = {.ifa_family = AF_INET};

	(void)state;
	begin(RAILS_OWN, &header, sizeof(header));
	add(IFA_ADDRESS, other, 4); /* of the other end */
	add(IFA_LOCAL, four, 4);
	assert_int_equal(take(RTM_NEWADDR), 1);
	assert_true(has("192.0.2.1/32"));
	header.ifa_family = AF_INET6;
	begin(RAILS_OWN, &header, sizeof(header));
	add(IFA_ADDRESS, six, 16);
	assert_int_equal(take(RTM_NEWADDR), 1);
	assert_true(has("2001:db8::1/128"));
}

static void addresses_that_are_none_are_not_taken(void **state)
{
	struct ifaddrmsg header = {.ifa_family = AF_INET};

	(void)state;
	begin(RAILS_OWN, &header, sizeof(header));
	add(IFA_LOCAL, four, 4);
	assert_int_equal(take(RTM_DELADDR), 0);
	begin(RAILS_OWN, &header, sizeof(header));
	add(IFA_LOCAL, six, 16);
	add(IFA_LOCAL, four, 3);
	assert_int_equal(take(RTM_NEWADDR), 0);
	header.ifa_family = AF_PACKET;
	begin(RAILS_OWN, &header, sizeof(header));
	add(IFA_LOCAL, four, 4);
	assert_int_equal(take(RTM_NEWADDR), 0);
	begin(RAILS_OWN, &header, sizeof(header) - 1);
	assert_int_equal(take(RTM_NEWADDR), 0);
}

static void gateways_of_default_routes_are_taken(void **state)
{
	struct rtmsg header = {.rtm_family = AF_INET};

	(void)state;
	begin(RAILS_GATEWAY, &header, sizeof(header));
	add(RTA_GATEWAY, four, 4);
	add(RTA_DST, other, 4);
	assert_int_equal(take(RTM_NEWROUTE), 1);
	assert_true(has("192.0.2.1/32"));
	assert_int_equal(take(RTM_DELROUTE), 1);
	header.rtm_dst_len = 24;
	begin(RAILS_GATEWAY, &header, sizeof(header));
	add(RTA_GATEWAY, four, 4);
	assert_int_equal(take(RTM_NEWROUTE), 0);
	begin(RAILS_GATEWAY, &header, sizeof(header) - 1);
	assert_int_equal(take(RTM_NEWROUTE), 0);
}

static void gateway_of_the_other_family_is_taken(void **state)
{
	struct rtmsg header = {.rtm_family = AF_INET};
	uint8_t via[18];
	uint16_t family = AF_INET6;

	(void)state;
	memcpy(via, &family, 2);
	memcpy(via + 2, six, 16);
	begin(RAILS_GATEWAY, &header, sizeof(header));
	add(RTA_VIA, via, sizeof(via));
	assert_int_equal(take(RTM_NEWROUTE), 1);
	assert_true(has("2001:db8::1/128"));
	begin(RAILS_GATEWAY, &header, sizeof(header));
	add(RTA_VIA, via, sizeof(via) - 1);
	family = AF_INET;
	memcpy(via, &family, 2);
	add(RTA_VIA, via, sizeof(via));
	assert_int_equal(take(RTM_NEWROUTE), 0);
}

/* One next hop with that gateway, and the length that it says it has. Returns where the next one begins. */
static size_t put_hop(uint8_t *at, const uint8_t gateway[4], uint16_t says)
{
	struct rtnexthop hop = {.rtnh_len = says};
	struct rtattr flow = {RTA_LENGTH(4), RTA_FLOW}, via = {RTA_LENGTH(4), RTA_GATEWAY};

	memcpy(at, &hop, sizeof(hop));
	memcpy(at + sizeof(hop), &flow, sizeof(flow));
	memset(at + sizeof(hop) + sizeof(flow), 0, 4);
	memcpy(at + sizeof(hop) + RTA_SPACE(4), &via, sizeof(via));
	memcpy(at + sizeof(hop) + RTA_SPACE(4) + sizeof(via), gateway, 4);
	return sizeof(hop) + 2 * RTA_SPACE(4);
}

#define HOP (sizeof(struct rtnexthop) + 2 * RTA_SPACE(4))

static void each_next_hop_is_taken_and_damaged_ones_end_the_list(void **state)
{
	static const uint16_t wrong[] = {0, sizeof(struct rtnexthop) - 1, 3 * HOP};
	struct rtmsg header = {.rtm_family = AF_INET};
	uint8_t hops[2 * HOP];
	size_t first;

	(void)state;
	first = put_hop(hops, four, HOP);
	(void)put_hop(hops + first, other, HOP);
	begin(RAILS_GATEWAY, &header, sizeof(header));
	add(RTA_MULTIPATH, hops, sizeof(hops));
	assert_int_equal(take(RTM_NEWROUTE), 2);
	assert_true(has("192.0.2.1/32") && has("192.0.2.9/32"));
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)put_hop(hops + first, other, wrong[i]);
		begin(RAILS_GATEWAY, &header, sizeof(header));
		add(RTA_MULTIPATH, hops, sizeof(hops));
		assert_int_equal(take(RTM_NEWROUTE), 1);
		assert_true(has("192.0.2.1/32"));
	}
	/* Cut off behind the first. */
	begin(RAILS_GATEWAY, &header, sizeof(header));
	add(RTA_MULTIPATH, hops, HOP + sizeof(struct rtnexthop) - 1);
	assert_int_equal(take(RTM_NEWROUTE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_of_both_families_are_taken),
		cmocka_unit_test(addresses_that_are_none_are_not_taken),
		cmocka_unit_test(gateways_of_default_routes_are_taken),
		cmocka_unit_test(gateway_of_the_other_family_is_taken),
		cmocka_unit_test(each_next_hop_is_taken_and_damaged_ones_end_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
