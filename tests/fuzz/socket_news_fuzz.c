/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams of sock_diag, connection tracking and addresses, and lists of listeners, of any bytes: nothing is read
 * outside of them, and what becomes a sample is one that the sensor can read.
 */
#include "agent/base/require.h"
#include "agent/common/socket_diag.h"
#include "agent/event/connection.h"
#include "agent/sensors/socket/socket_text.h"
#include "agent/source/conntrack.h"
#include "agent/source/sender.h"
#include "agent/source/socket_list.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_sample(const struct socket_sample *h)
{
	struct socket_text text;

	require(socket_text_read((struct str){(const char *)h, sizeof(*h)}, &text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conntrack_own own;
	struct view datagram = view_over(data, size);
	struct netlink_message m;
	struct socket_sample h;
	uint32_t inode;
	struct socket_sample sent = {.family = 4, .protocol = CONNECTION_UDP};
	struct sender sender = {.connection = &sent};

	own.count = 0;
	while (netlink_next(&datagram, &m)) {
		conntrack_add_own(&own, &m);
		require(own.count <= CONNTRACK_OWN_MAX);
		if (socket_diag_read(&m, CONNECTION_UDP, &h, &inode))
			is_sample(&h);
		sender_take(&sender, &m);
		if (conntrack_read(&m, &own, &h) != CONNTRACK_NOTHING)
			is_sample(&h);
	}
	(void)socket_list_find((struct str){(const char *)data, size}, 5);
	return 0;
}
