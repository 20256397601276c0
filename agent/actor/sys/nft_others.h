/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other programs' tables do with the packets that a policy is about: a packet passes only if all of them let it
 * pass, whichever comes first. Reads them and touches none.
 */
#pragma once

#include "agent/actor/sys/nft.h"

#define NFT_OTHERS_NAME_MAX 40	 /* "ip filter" */
#define NFT_OTHERS_PLACE_MAX 56	 /* "ip filter INPUT" */
#define NFT_OTHERS_TABLES_MAX 16 /* tables whose rules are looked at */
#define NFT_OTHERS_RULES_MAX 8	 /* rules that are named; the others are counted */

/* A rule that drops or rejects, all packets or those that its tests let on. */
struct nft_others_rule {
	char place[NFT_OTHERS_PLACE_MAX]; /* family, table and chain */
	uint64_t handle;		  /* its number there, as `nft -a list` shows it */
	bool before;			  /* packets come there before the policy's chains */
};

struct nft_others {
	unsigned dropping;		 /* chains that drop what their rules do not know */
	unsigned filtering;		 /* others that have rules */
	char drops[NFT_OTHERS_NAME_MAX]; /* the table of the first of each, as "ip filter" */
	char filters[NFT_OTHERS_NAME_MAX];
	unsigned rules; /* that drop or reject, in any chain of such tables */
	struct nft_others_rule named[NFT_OTHERS_RULES_MAX];
	/* The tables of such chains, for the rules. */
	unsigned table_count;
	struct {
		uint64_t name; /* a hash of family and name */
		bool before;   /* one of its chains comes before the policy's */
	} tables[NFT_OTHERS_TABLES_MAX];
};

/*
 * Look through the chains of all families on input, output and forward that come before a policy or after it, and
 * through the rules of their tables. A verdict that a map gives is not seen.
 */
ERR_CHECK enum err nft_others_read(struct nft *n, struct nft_others *out);
