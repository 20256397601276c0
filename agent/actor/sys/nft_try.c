/* SPDX-License-Identifier: Apache-2.0 */
/* One rule with one expression, in a chain without a hook, which no packet would meet. */
#include "agent/actor/sys/nft_try.h"

#include "agent/actor/sys/nft_chain.h"
#include "agent/actor/sys/nft_expr.h"
#include "agent/actor/sys/nft_wire.h"

#include <stdlib.h>

#define TABLE "caltrop_try"

static void put_expression(struct netlink_out *o, enum nft_try what)
{
	static const struct nft_expr_log log = {.group = 1, .snaplen = 1, .batch = 1};

	switch (what) {
	case NFT_TRY_COUNTER: nft_expr_counter(o); break;
	case NFT_TRY_LIMIT: nft_expr_limit(o, 1); break;
	case NFT_TRY_LOG: nft_expr_log(o, &log); break;
	case NFT_TRY_SOCKET: nft_expr_socket(o); break;
	case NFT_TRY_CT: nft_expr_ct(o, NFT_CT_STATE); break;
	case NFT_TRY_TABLE: break;
	}
}

enum err nft_try(enum nft_try what)
{
	static const struct nft_chain chain = {.table = TABLE, .name = "rule", .plain = true};
	struct nft *n = calloc(1, sizeof(*n));
	enum err err = n ? nft_open(n) : ERR_NO_MEMORY;

	if (err == ERR_OK) {
		nft_wire_begin(n);
		nft_chain_put_table(n, TABLE, 0);
		nft_chain_put(n, &chain);
		if (what != NFT_TRY_TABLE) {
			size_t list = nft_chain_rule(n, &chain);

			put_expression(&n->out, what);
			netlink_nest_end(&n->out, list);
		}
		err = nft_wire_try(n);
		nft_close(n);
	}
	free(n);
	return err;
}
