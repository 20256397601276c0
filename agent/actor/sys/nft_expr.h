/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of nf_tables rules (linux/netfilter/nf_tables.h), for whoever writes a rule: open the list, append what
 * the rule tests and does in its order, close the list. Each works on the first register, as nft(8) compiles a rule
 * that tests one thing after another. Only for agent/actor/sys/nft*.c and isolate*.c.
 */
#pragma once

#include "agent/base/netlink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The list of expressions of a NFT_MSG_NEWRULE, closed with netlink_nest_end. */
size_t nft_expr_list(struct netlink_out *o);

/* Load a fact about the packet: NFT_META_... */
void nft_expr_meta(struct netlink_out *o, uint32_t key);

/* Load what connection tracking knows of the packet: NFT_CT_... */
void nft_expr_ct(struct netlink_out *o, uint32_t key);

/* Load len bytes at an offset of a header: NFT_PAYLOAD_... */
void nft_expr_payload(struct netlink_out *o, uint32_t base, uint32_t offset, uint32_t len);

/*
 * Go on only for packets of a protocol (NFPROTO_...), and load len bytes at an offset of their network header. Four
 * bytes of IPv6 are an IPv4 address behind the prefix of NAT64, which must then stand before them.
 */
#define NFT_EXPR_NAT64_BYTES 12
void nft_expr_address(struct netlink_out *o, uint8_t protocol, uint32_t offset, uint32_t len);

/* Keep only the bits of a mask of at most NFT_EXPR_MASK_MAX bytes. */
#define NFT_EXPR_MASK_MAX 16
void nft_expr_mask(struct netlink_out *o, const void *mask, size_t len);

/* Go on only if what was loaded compares so (NFT_CMP_...) with the value's bytes, which are in the network's order. */
void nft_expr_cmp(struct netlink_out *o, uint32_t op, const void *value, size_t len);

/* Go on only if what was loaded is in a set, by name, and by number when the same transaction makes it (0: not). */
void nft_expr_lookup(struct netlink_out *o, const char *set, uint32_t set_id);

/* Go on only for packets that came in by the machine's own loopback, or go out by it. */
void nft_expr_loopback(struct netlink_out *o, bool input);

/* Go on only if the TCP segment does not open a connection. The protocol was tested before. */
void nft_expr_opens_none(struct netlink_out *o);

/* Go on only if a socket of the machine takes the packet, whatever state that is in. Of TCP and UDP. */
void nft_expr_socket(struct netlink_out *o);

/* Go on only as long as not more than `rate` packets a second came here, after as many that came at once. */
void nft_expr_limit(struct netlink_out *o, uint32_t rate);

/* Go on only for what comes here beyond `rate` packets a second, after as many that came at once. */
void nft_expr_over(struct netlink_out *o, uint32_t rate);

/* Give the packet's first bytes to who reads a group of nfnetlink_log, and go on. */
struct nft_expr_log {
	uint16_t group;
	uint32_t snaplen;
	uint16_t batch; /* packets in one datagram at most */
};
void nft_expr_log(struct netlink_out *o, const struct nft_expr_log *log);

/* Count packets and bytes that come here. */
void nft_expr_counter(struct netlink_out *o);

/* The packet's end: NF_DROP or NF_ACCEPT; or of this chain: NFT_RETURN. */
void nft_expr_verdict(struct netlink_out *o, uint32_t code);

/* The packet goes through another chain of the table, which is there or was put before, and comes back. */
void nft_expr_jump(struct netlink_out *o, const char *chain);
