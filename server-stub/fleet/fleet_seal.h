/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets of operators' apps at rest: sealed with a key that is in a file beside the store and never in it, so that
 * a copy of the store makes nobody's codes. XChaCha20-Poly1305 (libsodium) over the secret; the operator's name and
 * which secret of his it is are authenticated with it, so that no row's secret serves in another. Kept as: the key's
 * identifier[8] nonce[24] secret[20] tag[16]. A secret of a version before this is kept as it is, with zeros behind it.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/store/person.h"

#include <stdbool.h>
#include <stdint.h>

#define FLEET_SEAL_FILE "factor_key.pem"
#define FLEET_SEAL_KEY 32
#define FLEET_SEAL_ID 8

struct fleet_seal {
	uint8_t key[FLEET_SEAL_KEY], id[FLEET_SEAL_ID]; /* id: of the key's hash */
};

/* A new key from libsodium's random source. */
void fleet_seal_make(struct fleet_seal *out);

/*
 * Read the key of the fleet's directory, or make one there, mode 0600; *made: which. ERR_CORRUPT: the file holds no
 * such key. Others are the file's.
 */
ERR_CHECK enum err fleet_seal_load(const char *dir, struct fleet_seal *out, bool *made);

/* Seal what is open of the operator's secrets, in place. */
void fleet_seal_close(const struct fleet_seal *seal, struct person *u);

/*
 * Open one of them, in place; what was never sealed stays as it is. ERR_NOT_FOUND: it is sealed with a key that is not
 * this one. ERR_CORRUPT: it was changed, or is another operator's. On an error u is as it was.
 */
enum fleet_seal_which { SEAL_IN_FORCE = 'f', SEAL_NEXT = 'n' };
ERR_CHECK enum err fleet_seal_open(const struct fleet_seal *seal, struct person *u, enum fleet_seal_which which);

/* Seal what is open in the store, in a transaction of its own. */
struct fleet_seal_count {
	unsigned sealed; /* operators whose secrets were open */
	unsigned lost;	 /* whose secrets this key does not open */
};
ERR_CHECK enum err fleet_seal_all(const struct fleet_seal *seal, struct store *s, struct fleet_seal_count *out);
