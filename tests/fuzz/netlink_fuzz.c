/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Netlink datagrams of any bytes: nothing is read outside of them, what was read can be written and read again, and an
 * answer is judged. The seeds are the kernel's: addresses, routes, nf_tables, sockets, an acknowledgement.
 */
#include "agent/actor/sys/hosts_list.h"
#include "agent/base/netlink.h"
#include "agent/base/require.h"

#include <linux/netlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 6
#define SEED_SEQ 4 /* the number that the seeds' questions had */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *start, *end;

static void check_inside(struct view v)
{
	require(v.len == 0 || (v.data >= start && v.data <= end && v.len <= (size_t)(end - v.data)));
}

static void get_everything(const struct netlink_attr *a)
{
	struct str text = netlink_get_text(a);
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	require(text.len <= a->value.len);
	require(netlink_get_u8(a, &u8) == (a->value.len == 1));
	require(netlink_get_be16(a, &u16) == (a->value.len == 2));
	require(netlink_get_be32(a, &u32) == (a->value.len == 4));
	require(netlink_get_be64(a, &u64) == (a->value.len == 8));
}

static void walk(struct view attrs, unsigned depth)
{
	size_t before = attrs.len;
	struct netlink_attr a;

	while (netlink_next_attr(&attrs, &a)) {
		require(attrs.len < before);
		before = attrs.len;
		check_inside(a.value);
		get_everything(&a);
		if (depth < DEPTH_MAX)
			walk(a.value, depth + 1);
	}
}

/* Attributes that were read and are written again read the same. */
static void write_again(struct view attrs)
{
	size_t cap = NLMSG_HDRLEN + attrs.len + NLA_ALIGNTO;
	uint8_t *memory = malloc(cap);
	struct netlink_out o = netlink_over(memory, cap);
	struct view before = attrs, after;
	struct netlink_message m;
	struct netlink_attr a, b;

	require(memory != NULL);
	netlink_begin(&o, NLMSG_MIN_TYPE, 0);
	while (netlink_next_attr(&attrs, &a))
		netlink_bytes(&o, a.type, a.value.data, a.value.len);
	require(netlink_check(&o) == ERR_OK);
	after = view_over(memory, o.len);
	require(netlink_next(&after, &m) && after.len == 0);
	while (netlink_next_attr(&before, &a)) {
		require(netlink_next_attr(&m.body, &b) && b.type == a.type && b.value.len == a.value.len);
		require(a.value.len == 0 || memcmp(a.value.data, b.value.data, a.value.len) == 0);
	}
	require(!netlink_next_attr(&m.body, &b) && !m.body.short_read);
	free(memory);
}

static void judge(struct view datagram, uint32_t port, uint16_t flags)
{
	struct hosts_list list = {.kind = flags & NLM_F_ACK ? RAILS_OWN : RAILS_GATEWAY};
	struct netlink_reader reader = {.each = hosts_list_take, .context = &list};
	struct netlink_wait w = {.port = port, .first_seq = SEED_SEQ, .last_seq = SEED_SEQ + 2, .flags = flags};

	(void)netlink_wait_take(&w, datagram, &reader);
	require(list.found.count <= RAILS_HOSTS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view datagram = view_over(data, size), rest = datagram;
	struct netlink_message m;
	struct hosts_list own = {.kind = RAILS_OWN}, gateways = {.kind = RAILS_GATEWAY};

	start = data;
	end = data + size;
	while (netlink_next(&rest, &m)) {
		check_inside(m.body);
		walk(m.body, 0);
		write_again(m.body);
		hosts_list_take(&own, &m);
		hosts_list_take(&gateways, &m);
		for (size_t header = 4; header <= 16; header *= 2) {
			struct view body = m.body;
			uint8_t bytes[16];

			if (netlink_take_header(&body, bytes, header))
				walk(body, 0);
		}
		judge(datagram, m.port, NLM_F_ACK);
		judge(datagram, m.port, NLM_F_DUMP);
	}
	if (netlink_whole(datagram, &m))
		check_inside(m.body);
	return 0;
}
