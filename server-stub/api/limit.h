/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slows down the guessing of passwords. It counts failed logins for each key (the user name that was given, and the
 * caller's address) and says how long the next try has to wait: not at all after the first LIMIT_FREE, then one second,
 * which doubles with each failure up to the key's cap. A table of fixed size keeps keyed hashes of the keys; when it is
 * full, the key that was not used for the longest time is forgotten. A key is also forgotten after LIMIT_MEMORY_S or a
 * success. Names of no user are counted in the same way, so an answer does not tell whether a name exists.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/str.h"

#include <stdint.h>

#define LIMIT_KEYS_MAX 4096
#define LIMIT_FREE 5
#define LIMIT_USER_MAX_S 60 /* short, because anybody can fail in an operator's name */
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

/* The key of a name or an address; `kind` is a letter that keeps the two apart. */
uint64_t limit_key(const struct limit *l, char kind, struct str text);

/* Seconds until a try with this key may be made; 0: now. */
unsigned limit_wait_s(const struct limit *l, uint64_t key, int64_t mono_us);

/* A login failed, or passed. max_s is the key's cap in seconds. */
void limit_failed(struct limit *l, uint64_t key, unsigned max_s, int64_t mono_us);
void limit_passed(struct limit *l, uint64_t key);
