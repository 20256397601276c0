/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Isolation's table: prepared, set, read back and cleared for the verb. What `nft list table inet caltrop_isolate`
 *shows:
 *
 *	flags dormant			(unless the device is isolated)
 *	set net4 { type ipv4_addr; flags interval; }				(and others: isolate_lists.c)
 *	chain input { type filter hook input priority -189; policy drop;	(output, forward alike)
 *		(a rule for each thing that passes: isolate_rules.c)
 *		counter drop
 *	}
 *
 * The policy drops too, so that a chain somebody emptied passes nothing. To make a rule and tell the listeners of it
 * costs the kernel some five bare requests, so all are made before.
 */
#include "agent/actor/sys/isolate.h"

#include "agent/actor/sys/isolate_lists.h"
#include "agent/actor/sys/isolate_rules.h"
#include "agent/actor/sys/nft_wire.h"
#include "agent/base/buf.h"

#include <string.h>

/* What is prepared for a filter, as bytes that are compared. */
static size_t prepared_as(const struct isolate_filter *f, uint8_t out[NFT_PREPARED_MAX])
{
	struct buf b = buf_over(out, NFT_PREPARED_MAX);

	_Static_assert(8 + (ISOLATE_SERVICE_MAX + ISOLATE_RESOLVERS_MAX) * sizeof(struct addr) <= NFT_PREPARED_MAX,
		       "all of it");
	buf_be16(&b, f->service_port);
	buf_be32(&b, f->guard_uid);
	buf_be8(&b, (uint8_t)f->service_count);
	buf_be8(&b, (uint8_t)f->resolver_count);
	for (unsigned i = 0; i < f->service_count; i++)
		buf_bytes(&b, &f->service[i], sizeof(f->service[i]));
	for (unsigned i = 0; i < f->resolver_count; i++)
		buf_bytes(&b, &f->resolvers[i], sizeof(f->resolvers[i]));
	return b.len;
}

static bool is_prepared(const struct nft *n, const struct isolate_filter *f)
{
	uint8_t wanted[NFT_PREPARED_MAX];
	size_t len = prepared_as(f, wanted);

	return n->prepared_len == len && memcmp(n->prepared, wanted, len) == 0;
}

/* With the flags that the table has, since nobody may change them in the same transaction as chains. */
static enum err make(struct nft *n, const struct isolate_filter *f, uint32_t flags, bool anew)
{
	nft_wire_begin(n);
	nft_chain_put_table(n, NFT_ISOLATE_TABLE, flags);
	if (anew) {
		nft_chain_delete_table(n, NFT_ISOLATE_TABLE);
		nft_chain_put_table(n, NFT_ISOLATE_TABLE, flags);
	}
	isolate_lists_make(n);
	isolate_lists_fill(n, f, ISOLATE_LISTS_ALL);
	for (unsigned i = 0; i < ISOLATE_CHAINS; i++) {
		nft_chain_put(n, &isolate_rules_chains[i]);
		nft_chain_flush(n, &isolate_rules_chains[i]);
	}
	for (unsigned i = 0; i < ISOLATE_CHAINS; i++)
		(void)isolate_rules_put(n, f, (enum isolate_chain)i);
	return nft_wire_commit(n);
}

static bool is_sane(const struct isolate_filter *f)
{
	return f->net_count <= ISOLATE_NETS_MAX && f->service_count <= ISOLATE_SERVICE_MAX &&
	       f->resolver_count <= ISOLATE_RESOLVERS_MAX && (f->service_count == 0 || f->service_port > 0);
}

static enum err read_table(struct nft *n, struct nft_chain_state *state)
{
	return nft_chain_read(n, isolate_rules_chains, ISOLATE_CHAINS, state);
}

static bool is_awake(const struct nft_chain_state *state)
{
	return state->table && !(state->flags & NFT_TABLE_F_DORMANT);
}

/* A chain or set of another kind under one of our names cannot be changed, only replaced. */
static enum err prepare(struct nft *n, const struct isolate_filter *f)
{
	struct nft_chain_state state;
	enum err err = read_table(n, &state);
	uint32_t flags = is_awake(&state) ? 0 : NFT_TABLE_F_DORMANT;

	n->prepared_len = 0;
	if (err != ERR_OK)
		return err;
	err = make(n, f, flags, false);
	if (state.table && err != ERR_OK && err != ERR_DENIED)
		err = make(n, f, flags, true);
	if (err == ERR_OK) {
		n->prepared_len = prepared_as(f, n->prepared);
		n->prepared_lists = ISOLATE_LISTS_ALL & ~ISOLATE_LISTS_FIXED;
	}
	return err == ERR_NOT_FOUND ? ERR_UNSUPPORTED : err;
}

/* Wakes the table, and fills the lists that the order has; those that an order before it may have filled are emptied.
 */
static enum err wake(struct nft *n, const struct isolate_filter *f)
{
	unsigned used = isolate_lists_used(f) & ~ISOLATE_LISTS_FIXED;
	enum err err;

	nft_wire_begin(n);
	isolate_lists_fill(n, f, used | n->prepared_lists);
	nft_chain_put_table(n, NFT_ISOLATE_TABLE, 0);
	err = nft_wire_commit(n);
	if (err == ERR_OK)
		n->prepared_lists = used;
	return err;
}

enum err isolate_set(struct nft *n, const struct isolate_filter *f)
{
	enum err err;

	if (!is_sane(f))
		return ERR_INVALID;
	if (is_prepared(n, f) && wake(n, f) == ERR_OK)
		return ERR_OK;
	err = prepare(n, f);
	return err == ERR_OK ? wake(n, f) : err;
}

static bool chains_are(const struct nft_chain_state *state, const struct isolate_filter *f)
{
	for (unsigned i = 0; i < ISOLATE_CHAINS; i++)
		if (!(state->right & 1u << i) || state->uses[i] != isolate_rules_uses(f, (enum isolate_chain)i))
			return false;
	return true;
}

static enum err read_back(struct nft *n, const struct isolate_filter *f, unsigned lists)
{
	struct nft_chain_state state;
	enum err err = read_table(n, &state);

	if (err != ERR_OK)
		return err;
	if (!is_awake(&state))
		return ERR_NOT_FOUND;
	return chains_are(&state, f) ? isolate_lists_check(n, f, lists) : ERR_UNVERIFIED;
}

enum err isolate_check(struct nft *n, const struct isolate_filter *f, enum isolate_depth depth)
{
	unsigned added = isolate_lists_used(f) & ~ISOLATE_LISTS_FIXED;
	enum err err = read_back(n, f, depth == ISOLATE_WHOLE ? ISOLATE_LISTS_ALL : added);

	if (err != ERR_OK)
		n->prepared_len = 0;
	return err;
}

enum err isolate_prepare(struct nft *n, const struct isolate_filter *f)
{
	struct nft_chain_state state;
	enum err err;

	if (!is_sane(f))
		return ERR_INVALID;
	if (is_prepared(n, f))
		return ERR_OK;
	err = prepare(n, f);
	if (err == ERR_OK)
		err = read_table(n, &state);
	if (err == ERR_OK)
		err = state.table && chains_are(&state, f) ? isolate_lists_check(n, f, ISOLATE_LISTS_FIXED)
							   : ERR_UNVERIFIED;
	if (err != ERR_OK)
		n->prepared_len = 0;
	return err;
}

bool isolate_is_set(struct nft *n)
{
	struct nft_chain_state state;

	return read_table(n, &state) == ERR_OK && is_awake(&state);
}

enum err isolate_clear(struct nft *n)
{
	struct nft_chain_state state;
	enum err err = read_table(n, &state);

	if (err != ERR_OK)
		return err;
	if (!is_awake(&state))
		return ERR_NOT_FOUND;
	nft_wire_begin(n);
	nft_chain_put_table(n, NFT_ISOLATE_TABLE, NFT_TABLE_F_DORMANT);
	err = nft_wire_commit(n);
	if (err == ERR_OK)
		err = read_table(n, &state);
	return err == ERR_OK && is_awake(&state) ? ERR_UNVERIFIED : err;
}
