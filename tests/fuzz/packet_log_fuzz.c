/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of the kernel's log of packets, of any bytes, and any bytes as the packet in one: nothing is read outside
 * of them, and what becomes a sample has ports and addresses.
 */
#include "agent/base/require.h"
#include "agent/common/packet_log.h"
#include "agent/event/connection.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct view datagram)
{
	struct netlink_message m;
	struct packet_sample h;

	while (netlink_next(&datagram, &m))
		if (packet_log_read(&m, &h))
			require(h.version == PACKET_SAMPLE_VERSION && h.kind == PACKET_SAMPLE_LOGGED &&
				(h.family == 4 || h.family == 6) &&
				(h.protocol == CONNECTION_TCP || h.protocol == CONNECTION_UDP));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[1024];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	struct nfgenmsg header = {0};
	uint8_t *own;

	read_all(view_over(data, size));
	netlink_begin(&o, NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET, 0);
	netlink_header(&o, &header, sizeof(header));
	netlink_bytes(&o, NFULA_PAYLOAD, data, size);
	if (netlink_check(&o) != ERR_OK)
		return 0;
	own = malloc(o.len); /* a block of its own, so that a read past its end is seen */
	require(own != NULL);
	memcpy(own, bytes, o.len);
	read_all(view_over(own, o.len));
	free(own);
	return 0;
}
