/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of nf_tables sets as attributes, written and read. What a set holds and when it changes stands in nft.c and
 * nft_net.c. Only for agent/actor/sys/nft*.c.
 */
#pragma once

#include "agent/actor/sys/nft.h"
#include "agent/base/netlink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nft_elem {
	uint8_t key[16];
	uint8_t key_len;  /* 16 at most */
	bool end;	  /* of an interval set: the first key behind an interval */
	uint64_t time_ms; /* written: the time-out; read: what is left of it; 0: none */
};

/* Say which set of which table the message is about. */
void nft_elem_set(struct netlink_out *o, const char *table, const char *set);

/* The list of elements, behind nft_elem_set; closed with netlink_nest_end. */
size_t nft_elem_list(struct netlink_out *o);
void nft_elem_put(struct netlink_out *o, const struct nft_elem *e);

/* The list of elements of a reply. False: it has none. */
bool nft_elem_reply(const struct netlink_message *reply, struct view *list);

/* Take the next element whose key has key_len bytes off the list; others are passed over. False: there is none. */
bool nft_elem_next(struct view *list, uint8_t key_len, struct nft_elem *out);
