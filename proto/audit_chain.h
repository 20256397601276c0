/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of the service's audit log: what makes a row that was changed, dropped, added or moved afterwards visible
 * to who kept the hash of a later one. Rows are numbered from 1 without a gap, and the hash of a row is
 *
 *	SHA-256("CTA1"  prev[32]  row:u64  wall_us:u64  status:u16  user 0xff  action 0xff  detail 0xff  address 0xff)
 *
 * with big-endian numbers; prev is the hash of the row before, and zeros for the first. The texts are UTF-8, and a byte
 * that is part of none counts as the character of its value, as the API writes it into JSON; so 0xff ends a text. Who
 * can write the store can make the whole chain anew: only a hash that is kept elsewhere shows that. Pure.
 */
#pragma once

#include "agent/base/str.h"

#include <stdint.h>

#define AUDIT_CHAIN_HASH 32

struct audit_chain_row {
	uint64_t row;
	int64_t wall_us;
	uint16_t status;
	struct str user, action, detail, address; /* the longest has at most 256 bytes */
};

/* Make the hash of a row from that of the row before. */
void audit_chain_next(const struct audit_chain_row *row, const uint8_t prev[AUDIT_CHAIN_HASH],
		      uint8_t hash[AUDIT_CHAIN_HASH]);
