/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule of a policy is to the kernel; server-stub/filter/render.c says the same to nft(8). Sends nothing. */
#include "agent/actor/sys/nft_filter_rules.h"

#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_filter_sets.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/common/packet_log.h"

#include <linux/netfilter/nf_conntrack_common.h>

#define SRC4 12 /* of the network header */
#define SRC6 8

/* The policy drops too where a chain drops, so that one that somebody emptied passes nothing. */
const struct nft_chain nft_filter_chains[FILTER_CHAINS] = {
	[FILTER_IN] = {NFT_POLICY_TABLE, "input", NF_INET_LOCAL_IN, NFT_FILTER_PRIORITY, NF_DROP, false},
	[FILTER_OUT] = {NFT_POLICY_TABLE, "output", NF_INET_LOCAL_OUT, NFT_FILTER_PRIORITY, NF_DROP, false},
	[FILTER_FORWARD] = {NFT_POLICY_TABLE, "forward", NF_INET_FORWARD, NFT_FILTER_PRIORITY, NF_DROP, false},
	[FILTER_CHAIN_ERRORS] = {.table = NFT_POLICY_TABLE, .name = "errors", .plain = true},
};

static void put_lookup(struct netlink_out *o, unsigned set, uint8_t family)
{
	char name[FILTER_SET_NAME_MAX];

	nft_expr_lookup(o, filter_set_name(set, family, name), nft_filter_sets_id(set, family));
}

static void put_addresses(struct netlink_out *o, const struct filter_rule *r)
{
	uint8_t protocol = r->family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	uint32_t src = r->family == 4 ? SRC4 : SRC6, len = r->family == 4 ? 4 : 16;

	if (r->family) {
		nft_expr_meta(o, NFT_META_NFPROTO);
		nft_expr_cmp(o, NFT_CMP_EQ, &protocol, sizeof(protocol));
	}
	if (r->from) {
		nft_expr_payload(o, NFT_PAYLOAD_NETWORK_HEADER, src, len);
		put_lookup(o, r->from, r->family);
	}
	if (r->to) {
		nft_expr_payload(o, NFT_PAYLOAD_NETWORK_HEADER, src + len, len);
		put_lookup(o, r->to, r->family);
	}
}

static void put_port(struct netlink_out *o, uint32_t offset, uint16_t port)
{
	uint8_t bytes[2] = {(uint8_t)(port >> 8), (uint8_t)port};

	if (port == 0)
		return;
	nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(bytes));
	nft_expr_cmp(o, NFT_CMP_EQ, bytes, sizeof(bytes));
}

static void put_transport(struct netlink_out *o, const struct filter_rule *r)
{
	if (r->protocol) {
		nft_expr_meta(o, NFT_META_L4PROTO);
		nft_expr_cmp(o, NFT_CMP_EQ, &r->protocol, sizeof(r->protocol));
	}
	put_port(o, 0, r->src_port);
	put_port(o, 2, r->dst_port);
	if (r->ports) {
		nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
		put_lookup(o, r->ports, 0);
	}
	if (r->type_high) {
		nft_expr_payload(o, NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof(r->type_low));
		nft_expr_cmp(o, NFT_CMP_GTE, &r->type_low, sizeof(r->type_low));
		nft_expr_cmp(o, NFT_CMP_LTE, &r->type_high, sizeof(r->type_high));
	}
}

static void put_test(struct netlink_out *o, const struct filter_rule *r)
{
	static const uint32_t none; /* ct's numbers are in the host's order */
	static const uint32_t known = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
	static const uint8_t plain = 0;

	switch (r->test) {
	case FILTER_LOCAL: nft_expr_loopback(o, r->chain == FILTER_IN); break;
	case FILTER_FLOW:
		nft_expr_ct(o, NFT_CT_STATE);
		nft_expr_mask(o, &known, sizeof(known));
		nft_expr_cmp(o, NFT_CMP_NEQ, &none, sizeof(none));
		break;
	case FILTER_GOES_ON: nft_expr_opens_none(o); break;
	case FILTER_SERVED:
		nft_expr_socket(o);
		nft_expr_cmp(o, NFT_CMP_EQ, &plain, sizeof(plain));
		break;
	default: break;
	}
}

static void put_verdict(struct netlink_out *o, const struct nft_filter *f, const struct filter_rule *r)
{
	const struct nft_expr_log log = {f->log_group, PACKET_LOG_SNAPLEN, PACKET_LOG_BATCH};

	switch (r->verdict) {
	case FILTER_LOG:
		nft_expr_limit(o, r->rate);
		nft_expr_log(o, &log);
		break;
	case FILTER_JUMP: nft_expr_jump(o, nft_filter_chains[FILTER_CHAIN_ERRORS].name); break;
	default: nft_expr_verdict(o, r->verdict == FILTER_DROP ? NF_DROP : NF_ACCEPT);
	}
}

void nft_filter_rules_put(struct netlink_out *o, const struct nft_filter *f, const struct filter_rule *r)
{
	put_addresses(o, r);
	put_transport(o, r);
	put_test(o, r);
	if (r->of_guard) {
		nft_expr_meta(o, NFT_META_SKUID);
		nft_expr_cmp(o, NFT_CMP_EQ, &f->guard_uid, sizeof(f->guard_uid));
	}
	if (r->counts)
		nft_expr_counter(o);
	put_verdict(o, f, r);
}
