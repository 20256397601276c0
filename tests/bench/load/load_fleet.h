/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identities of simulated devices: certificates of a fleet's own CA and rows in its store, made beforehand without
 * the link. All devices share one key pair, because making ten thousand tells nothing about the service; each has a
 * certificate of its own. How fast the service enrols is measured apart.
 */
#pragma once

#include "agent/base/key.h"
#include "server-stub/store/store.h"

#include <stddef.h>
#include <stdint.h>

#define LOAD_FLEET_CHAINED 3 /* the first devices have receipt keys, as all of a real fleet do */

struct load_identity {
	uint8_t id[STORE_ID]; /* the last four bytes are its place in the array, big-endian */
	uint8_t *cert;	      /* DER */
	size_t cert_len;
};

struct load_fleet {
	unsigned count;
	struct load_identity *identities;
	struct key_der key; /* private */
	char server_name[256];
};

/*
 * Make `count` approved devices in the fleet of the directory `dir`, whose service does not run. Exits with a sentence
 * on failure. Milliseconds each.
 */
void load_fleet_make(const char *dir, unsigned count, struct load_fleet *out);

/* A join token with that many uses for a service at host:port, text into out. */
void load_fleet_token(const char *dir, unsigned uses, uint16_t port, char *text, size_t cap);

/* A session of an operator "bench" who may do everything, as if logged in: the bearer token, 64 bytes, into text. */
void load_fleet_session(const char *dir, char text[64]);

/*
 * What the fleet's store holds of these devices now; the service does not run. Devices number their records from 1
 * without gaps, so `missing` (numbers no row holds) and `twice` (numbers two rows hold) must be 0.
 */
struct load_stored {
	uint64_t records, batches, bytes, missing, twice;
	uint64_t receipts; /* targets of the newest order that are done */
};
struct load_stored load_fleet_stored(const char *dir, const struct load_fleet *fleet);
