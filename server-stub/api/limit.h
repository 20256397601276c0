/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slows down the guessing of passwords. It counts tries for each key (a user name at an address, and an address) and
 * says how long the next one has to wait: not at all after the first LIMIT_FREE, then one second, which doubles with
 * each try up to the key's cap. A try counts from its begin, so that many at a time get no more than many one after the
 * other; a right password takes it back. A name alone is no key: whoever guesses elsewhere must not keep the right
 * password out.
 *
 * A table of fixed size keeps keyed hashes of the keys; when it is full, the key that was not used for the longest time
 * is forgotten. A key is also forgotten after LIMIT_MEMORY_S. Names of no user are counted in the same way, so an
 * answer does not tell whether a name exists.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/str.h"

#include <stdint.h>

#define LIMIT_KEYS_MAX 4096
#define LIMIT_FREE 5
#define LIMIT_PAIR_MAX_S 60 /* short, because whoever shares an address can fail in an operator's name */
#define LIMIT_ADDRESS_MAX_S 900
#define LIMIT_MEMORY_S 3600

struct limit_entry {
	uint64_t key;
	uint32_t failures; /* tries that were not right, or are under way */
	int64_t last_us, until_us;
};

struct limit {
	struct hash_key hash;
	struct limit_entry entries[LIMIT_KEYS_MAX];
};

/* The key of an address, and of a name at that address; an empty name is one, too. */
uint64_t limit_key_address(const struct limit *l, struct str address);
uint64_t limit_key_pair(const struct limit *l, struct str user, struct str address);

/* Seconds until a try with this key may be made; 0: now. */
unsigned limit_wait_s(const struct limit *l, uint64_t key, int64_t mono_us);

/* Tries that count against the key. */
unsigned limit_failures(const struct limit *l, uint64_t key, int64_t mono_us);

/* A try begins. max_s is the key's cap in seconds. */
void limit_try(struct limit *l, uint64_t key, unsigned max_s, int64_t mono_us);

/* `count` tries do not count any more, and below LIMIT_FREE nothing waits. */
void limit_forgive(struct limit *l, uint64_t key, unsigned count);
