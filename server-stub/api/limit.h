/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slows down guessing of passwords. Counts failed logins by key (a user name as asked for, a source address), and says
 * how long the next try has to wait: nothing for the first LIMIT_FREE, then one second, doubling up to the key's cap.
 * Keys are kept as keyed hashes in a fixed table; the one unused for the longest makes room. A key is forgotten after
 * an hour, or with a success. Names that no user has count just the same, so the answer does not tell them apart.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/str.h"

#include <stdint.h>

#define LIMIT_KEYS_MAX 4096
#define LIMIT_FREE 5
#define LIMIT_USER_MAX_S 60 /* short: a stranger must not lock an operator out for long */
#define LIMIT_ADDRESS_MAX_S 900
#define LIMIT_MEMORY_S 3600

struct limit_entry {
	uint64_t key;
	uint32_t failures;
	int64_t last_us, until_us;
};

struct limit {
	struct hash_key hash;
	struct limit_entry entries[LIMIT_KEYS_MAX];
};

/* `kind` keeps names and addresses apart. */
uint64_t limit_key(const struct limit *l, char kind, struct str text);

/* Seconds until a try with this key may be made; 0: now. */
unsigned limit_wait_s(const struct limit *l, uint64_t key, int64_t mono_us);

void limit_failed(struct limit *l, uint64_t key, unsigned max_s, int64_t mono_us);
void limit_passed(struct limit *l, uint64_t key);
