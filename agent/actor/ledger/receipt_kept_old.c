/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Its structs, as far as they differ from today's, so that an update of the guard loses no receipt. Once no such guard
 * is in the field any more, this file can go.
 */
#include "agent/actor/ledger/receipt_kept_old.h"

#include <string.h>

#define OLD_VERSION 10

struct old_args {
	uint16_t verb;
	uint32_t duration_s, lease_s;
	struct addr addr;
	int32_t pid;
	uint64_t start_ticks;
	char account[VERB_ACCOUNT_MAX];
	uint8_t last_way, tree, dns, dhcp, include_me;
	uint64_t rate;
	struct verb_nets allow;
};

struct old_receipt {
	struct actor_header header;
	uint8_t origin, result, err, verified, step, steps, outcome, repeat;
	char rule[40];
	uint8_t incident[16], order_id[16];
	struct old_args args;
	uint32_t count;
	int64_t expires_wall_us;
	int64_t cause_us, decided_us, received_us, journaled_us, acted_us, verified_us;
	struct chain_place place;
	uint16_t sealed_len;
	uint8_t sealed[256];
	char text[160];
};

_Static_assert(sizeof(struct old_receipt) <= 934, "as much as a slot of the chain's file has room for");
_Static_assert(offsetof(struct old_args, allow) == offsetof(struct verb_args, allow), "members were added at the end");
_Static_assert(offsetof(struct old_receipt, args) == offsetof(struct actor_receipt, args),
	       "members up to it are the same");
_Static_assert(sizeof(struct old_receipt) - offsetof(struct old_receipt, count) ==
		       sizeof(struct actor_receipt) - offsetof(struct actor_receipt, count),
	       "members behind it are the same");

enum err receipt_kept_old_take(struct str bytes, struct actor_receipt *out)
{
	struct old_receipt old;

	if (bytes.len != sizeof(old))
		return ERR_UNSUPPORTED;
	memcpy(&old, bytes.data, sizeof(old));
	if (old.header.version != OLD_VERSION || old.header.type != ACTOR_RECEIPT || old.header.length != sizeof(old))
		return ERR_UNSUPPORTED;
	memset(out, 0, sizeof(*out));
	memcpy(out, &old, offsetof(struct old_receipt, args));
	memcpy(&out->args, &old.args, offsetof(struct old_args, allow) + sizeof(old.args.allow));
	memcpy(&out->count, &old.count, sizeof(old) - offsetof(struct old_receipt, count));
	return ERR_OK;
}
