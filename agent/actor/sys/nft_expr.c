/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions of rules as the attributes that nf_tables takes; what a rule is made of stands with the rule. */
#include "agent/actor/sys/nft_expr.h"

#include "agent/base/require.h"

/* Before the kernel's headers, which then leave these definitions to the C library. */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#define TCP_FLAGS 13 /* their place in the header (RFC 9293) */
#define TCP_SYN 0x02
#define TCP_ACK 0x10

static const uint8_t nat64[NFT_EXPR_NAT64_BYTES] = {0x00, 0x64, 0xff, 0x9b};

/* An expression under construction. */
struct expr {
	size_t element, data;
};

static struct expr begin(struct netlink_out *o, const char *name)
{
	struct expr e = {.element = netlink_nest(o, NFTA_LIST_ELEM)};

	netlink_text(o, NFTA_EXPR_NAME, name);
	e.data = netlink_nest(o, NFTA_EXPR_DATA);
	return e;
}

static void end(struct netlink_out *o, struct expr e)
{
	netlink_nest_end(o, e.data);
	netlink_nest_end(o, e.element);
}

static void put_value(struct netlink_out *o, uint16_t type, const void *value, size_t len)
{
	size_t nest = netlink_nest(o, type);

	netlink_bytes(o, NFTA_DATA_VALUE, value, len);
	netlink_nest_end(o, nest);
}

size_t nft_expr_list(struct netlink_out *o)
{
	return netlink_nest(o, NFTA_RULE_EXPRESSIONS);
}

void nft_expr_meta(struct netlink_out *o, uint32_t key)
{
	struct expr e = begin(o, "meta");

	netlink_be32(o, NFTA_META_DREG, NFT_REG_1);
	netlink_be32(o, NFTA_META_KEY, key);
	end(o, e);
}

void nft_expr_ct(struct netlink_out *o, uint32_t key)
{
	struct expr e = begin(o, "ct");

	netlink_be32(o, NFTA_CT_DREG, NFT_REG_1);
	netlink_be32(o, NFTA_CT_KEY, key);
	end(o, e);
}

void nft_expr_payload(struct netlink_out *o, uint32_t base, uint32_t offset, uint32_t len)
{
	struct expr e = begin(o, "payload");

	netlink_be32(o, NFTA_PAYLOAD_DREG, NFT_REG_1);
	netlink_be32(o, NFTA_PAYLOAD_BASE, base);
	netlink_be32(o, NFTA_PAYLOAD_OFFSET, offset);
	netlink_be32(o, NFTA_PAYLOAD_LEN, len);
	end(o, e);
}

void nft_expr_address(struct netlink_out *o, uint8_t protocol, uint32_t offset, uint32_t len)
{
	nft_expr_meta(o, NFT_META_NFPROTO);
	nft_expr_cmp(o, NFT_CMP_EQ, &protocol, sizeof(protocol));
	if (protocol == NFPROTO_IPV6 && len == 4) {
		nft_expr_payload(o, NFT_PAYLOAD_NETWORK_HEADER, offset - NFT_EXPR_NAT64_BYTES, NFT_EXPR_NAT64_BYTES);
		nft_expr_cmp(o, NFT_CMP_EQ, nat64, NFT_EXPR_NAT64_BYTES);
	}
	nft_expr_payload(o, NFT_PAYLOAD_NETWORK_HEADER, offset, len);
}

void nft_expr_mask(struct netlink_out *o, const void *mask, size_t len)
{
	static const uint8_t zero[NFT_EXPR_MASK_MAX];
	struct expr e = begin(o, "bitwise");

	require(len <= sizeof(zero));
	netlink_be32(o, NFTA_BITWISE_SREG, NFT_REG_1);
	netlink_be32(o, NFTA_BITWISE_DREG, NFT_REG_1);
	netlink_be32(o, NFTA_BITWISE_LEN, (uint32_t)len);
	put_value(o, NFTA_BITWISE_MASK, mask, len);
	put_value(o, NFTA_BITWISE_XOR, zero, len);
	end(o, e);
}

void nft_expr_cmp(struct netlink_out *o, uint32_t op, const void *value, size_t len)
{
	struct expr e = begin(o, "cmp");

	netlink_be32(o, NFTA_CMP_SREG, NFT_REG_1);
	netlink_be32(o, NFTA_CMP_OP, op);
	put_value(o, NFTA_CMP_DATA, value, len);
	end(o, e);
}

void nft_expr_lookup(struct netlink_out *o, const char *set, uint32_t set_id)
{
	struct expr e = begin(o, "lookup");

	netlink_text(o, NFTA_LOOKUP_SET, set);
	netlink_be32(o, NFTA_LOOKUP_SREG, NFT_REG_1);
	if (set_id > 0)
		netlink_be32(o, NFTA_LOOKUP_SET_ID, set_id);
	end(o, e);
}

/* What is loaded does not matter: without a socket nothing is, and the rule ends. */
void nft_expr_loopback(struct netlink_out *o, bool input)
{
	/* Of its interface, in every network namespace (net/loopback.h of the kernel); meta's are in the host's order.
	 */
	static const uint32_t loopback = 1;

	nft_expr_meta(o, input ? NFT_META_IIF : NFT_META_OIF);
	nft_expr_cmp(o, NFT_CMP_EQ, &loopback, sizeof(loopback));
}

void nft_expr_opens_none(struct netlink_out *o)
{
	static const uint8_t flags = TCP_SYN | TCP_ACK, syn = TCP_SYN;

	nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS, sizeof(flags));
	nft_expr_mask(o, &flags, sizeof(flags));
	nft_expr_cmp(o, NFT_CMP_NEQ, &syn, sizeof(syn));
}

void nft_expr_socket(struct netlink_out *o)
{
	struct expr e = begin(o, "socket");

	netlink_be32(o, NFTA_SOCKET_KEY, NFT_SOCKET_TRANSPARENT);
	netlink_be32(o, NFTA_SOCKET_DREG, NFT_REG_1);
	end(o, e);
}

static void put_limit(struct netlink_out *o, uint32_t rate, uint32_t flags)
{
	struct expr e = begin(o, "limit");

	netlink_be64(o, NFTA_LIMIT_RATE, rate);
	netlink_be64(o, NFTA_LIMIT_UNIT, 1);
	netlink_be32(o, NFTA_LIMIT_BURST, rate);
	netlink_be32(o, NFTA_LIMIT_TYPE, NFT_LIMIT_PKTS);
	netlink_be32(o, NFTA_LIMIT_FLAGS, flags);
	end(o, e);
}

void nft_expr_limit(struct netlink_out *o, uint32_t rate)
{
	put_limit(o, rate, 0);
}

void nft_expr_over(struct netlink_out *o, uint32_t rate)
{
	put_limit(o, rate, NFT_LIMIT_F_INV);
}

void nft_expr_log(struct netlink_out *o, const struct nft_expr_log *log)
{
	struct expr e = begin(o, "log");

	netlink_be16(o, NFTA_LOG_GROUP, log->group);
	netlink_be32(o, NFTA_LOG_SNAPLEN, log->snaplen);
	netlink_be16(o, NFTA_LOG_QTHRESHOLD, log->batch);
	end(o, e);
}

void nft_expr_counter(struct netlink_out *o)
{
	struct expr e = begin(o, "counter");

	netlink_be64(o, NFTA_COUNTER_BYTES, 0);
	netlink_be64(o, NFTA_COUNTER_PACKETS, 0);
	end(o, e);
}

static void put_verdict(struct netlink_out *o, uint32_t code, const char *chain)
{
	struct expr e = begin(o, "immediate");
	size_t value, verdict;

	netlink_be32(o, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = netlink_nest(o, NFTA_IMMEDIATE_DATA);
	verdict = netlink_nest(o, NFTA_DATA_VERDICT);
	netlink_be32(o, NFTA_VERDICT_CODE, code);
	if (chain)
		netlink_text(o, NFTA_VERDICT_CHAIN, chain);
	netlink_nest_end(o, verdict);
	netlink_nest_end(o, value);
	end(o, e);
}

void nft_expr_verdict(struct netlink_out *o, uint32_t code)
{
	put_verdict(o, code, NULL);
}

void nft_expr_jump(struct netlink_out *o, const char *chain)
{
	put_verdict(o, (uint32_t)NFT_JUMP, chain);
}
