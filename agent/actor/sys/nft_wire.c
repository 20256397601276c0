/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nf_tables wants around its messages: the family's header, and for a change a batch. The bytes are written and
 * the answers awaited by agent/base/netlink*.c.
 */
#include "agent/actor/sys/nft_wire.h"

#include <endian.h>

static void begin(struct nft *n, uint16_t type, uint16_t flags, uint16_t resource)
{
	struct nfgenmsg header = {
		.nfgen_family = resource ? NFPROTO_UNSPEC : NFPROTO_INET,
		.version = NFNETLINK_V0,
		.res_id = htobe16(resource),
	};

	netlink_begin(&n->out, type, flags);
	netlink_header(&n->out, &header, sizeof(header));
}

void nft_wire_begin(struct nft *n)
{
	netlink_clear(&n->out);
	begin(n, NFNL_MSG_BATCH_BEGIN, 0, NFNL_SUBSYS_NFTABLES);
}

struct netlink_out *nft_wire_message(struct nft *n, uint16_t type, uint16_t flags)
{
	begin(n, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, 0);
	return &n->out;
}

/*
 * Only the transaction's last message asks for an acknowledgement, so that is the last thing the kernel says; earlier
 * messages speak up only when they fail. A failed commit is reported under the first number.
 */
enum err nft_wire_commit(struct nft *n)
{
	uint32_t last = n->out.seq;

	netlink_flags(&n->out, NLM_F_ACK);
	begin(n, NFNL_MSG_BATCH_END, 0, NFNL_SUBSYS_NFTABLES);
	return netlink_ask(&n->socket, &n->out, last, NULL);
}

enum err nft_wire_try(struct nft *n)
{
	netlink_flags(&n->out, NLM_F_ACK);
	return netlink_ask(&n->socket, &n->out, n->out.seq, NULL);
}

struct netlink_out *nft_wire_request(struct nft *n, uint16_t type, uint16_t flags)
{
	netlink_clear(&n->out);
	return nft_wire_message(n, type, flags);
}

enum err nft_wire_ask(struct nft *n, const struct netlink_reader *reader)
{
	return netlink_ask(&n->socket, &n->out, n->out.seq, reader);
}
