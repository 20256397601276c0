/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Isolation's chains: set, read back and cleared for the verb. What `nft list table inet caltrop` shows besides the
 * bans:
 *
 *	chain isolate_input { type filter hook input priority -189; policy drop;	(output, forward alike)
 *		(a rule for each thing that passes)
 *		counter drop
 *	}
 *
 * The policy drops too, so that a chain somebody emptied passes nothing.
 */
#include "agent/actor/sys/isolate.h"

#include "agent/actor/sys/isolate_rules.h"
#include "agent/actor/sys/nft_wire.h"

#define PRIORITY (NFT_PRIORITY + 1)
#define DNS_PORT 53

static const struct nft_chain chains[ISOLATE_WAYS] = {
	[ISOLATE_IN] = {"isolate_input", NF_INET_LOCAL_IN, PRIORITY, NF_DROP},
	[ISOLATE_OUT] = {"isolate_output", NF_INET_LOCAL_OUT, PRIORITY, NF_DROP},
	[ISOLATE_FORWARD] = {"isolate_forward", NF_INET_FORWARD, PRIORITY, NF_DROP},
};

/* The chains of `there` are another program's of those names and go first. */
static enum err make(struct nft *n, const struct isolate_filter *f, unsigned there)
{
	nft_wire_begin(n);
	nft_chain_put_table(n);
	for (unsigned way = 0; way < ISOLATE_WAYS; way++) {
		if (there & 1u << way)
			nft_chain_delete(n, &chains[way]);
		nft_chain_put(n, &chains[way]);
		nft_chain_flush(n, &chains[way]);
		(void)isolate_rules(n, f, (enum isolate_way)way, &chains[way]);
	}
	return nft_wire_commit(n);
}

enum err isolate_set(struct nft *n, const struct isolate_filter *f)
{
	struct nft_chain_state state;
	enum err err;

	if (f->net_count > ISOLATE_NETS_MAX || f->service_count > ISOLATE_SERVICE_MAX ||
	    f->resolver_count > ISOLATE_RESOLVERS_MAX || (f->service_count > 0 && f->service_port == 0))
		return ERR_INVALID;
	err = make(n, f, 0);
	if (err == ERR_EXISTS || err == ERR_UNSUPPORTED || err == ERR_INVALID || err == ERR_BUSY) {
		enum err read = nft_chain_read(n, chains, ISOLATE_WAYS, &state);

		if (read == ERR_OK && state.there != 0)
			err = make(n, f, state.there);
	}
	return err == ERR_NOT_FOUND ? ERR_UNSUPPORTED : err;
}

enum err isolate_check(struct nft *n, const struct isolate_filter *f)
{
	struct nft_chain_state state;
	enum err err = nft_chain_read(n, chains, ISOLATE_WAYS, &state);

	if (err != ERR_OK)
		return err;
	if (state.there == 0)
		return ERR_NOT_FOUND;
	for (unsigned way = 0; way < ISOLATE_WAYS; way++)
		if (!(state.right & state.drops_last & 1u << way) ||
		    state.rules[way] != isolate_rules(NULL, f, (enum isolate_way)way, NULL))
			return ERR_UNVERIFIED;
	return ERR_OK;
}

bool isolate_is_set(struct nft *n)
{
	struct nft_chain_state state;

	return nft_chain_read(n, chains, ISOLATE_WAYS, &state) == ERR_OK && state.there != 0;
}

enum err isolate_clear(struct nft *n)
{
	struct nft_chain_state state;
	enum err err = nft_chain_read(n, chains, ISOLATE_WAYS, &state);

	if (err != ERR_OK)
		return err;
	if (state.there == 0)
		return ERR_NOT_FOUND;
	nft_wire_begin(n);
	for (unsigned way = 0; way < ISOLATE_WAYS; way++)
		if (state.there & 1u << way)
			nft_chain_delete(n, &chains[way]);
	err = nft_wire_commit(n);
	if (err == ERR_OK)
		err = nft_chain_read(n, chains, ISOLATE_WAYS, &state);
	return err == ERR_OK && state.there != 0 ? ERR_UNVERIFIED : err;
}

static bool listed(const struct addr *list, unsigned count, const struct addr *a)
{
	for (unsigned i = 0; i < count; i++)
		if (addr_contains(&list[i], a))
			return true;
	return false;
}

bool isolate_passes(const struct isolate_filter *f, const struct isolate_peer *peer)
{
	if (listed(f->nets, f->net_count, &peer->addr))
		return true;
	if (peer->port == f->service_port && listed(f->service, f->service_count, &peer->addr))
		return true;
	return peer->port == DNS_PORT && (f->dns || peer->uid == f->guard_uid) &&
	       listed(f->resolvers, f->resolver_count, &peer->addr);
}
