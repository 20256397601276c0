/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains of other programs' tables that filter the same packets as a policy: a packet passes only if all of them let
 * it pass, whichever comes first. Reads them and touches none.
 */
#pragma once

#include "agent/actor/sys/nft.h"

#define NFT_OTHERS_NAME_MAX 40

struct nft_others {
	unsigned dropping;		 /* chains that drop what their rules do not know */
	unsigned filtering;		 /* others that have rules */
	char drops[NFT_OTHERS_NAME_MAX]; /* the table of the first of each, as "ip filter" */
	char filters[NFT_OTHERS_NAME_MAX];
};

/* Look through the chains of all families on input, output and forward. */
ERR_CHECK enum err nft_others_read(struct nft *n, struct nft_others *out);
