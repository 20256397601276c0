/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's key and certificate in STATE_DIR/identity (agent/common/trust.h), and the slot beside them in which a
 * renewed pair waits until the service has accepted it:
 *   key.pem cert.pem             in use          next_key.pem             made for a renewal that is under way
 *   next_key.pem next_cert.pem   renewed, not yet tried
 * Adopting is two renames, the certificate first; a power cut between them leaves next_key.pem with cert.pem, which
 * is recognised as IDENTITY_HALF. So at every moment one pair on disk belongs together.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define IDENTITY_CERT_MAX 12288 /* PEM of the leaf and at most three above it */
#define IDENTITY_KEY_MAX 512
#define IDENTITY_CHAIN_MAX 4

enum identity_slot { IDENTITY_NEXT, IDENTITY_CURRENT, IDENTITY_HALF, IDENTITY_SLOTS };

struct identity {
	size_t cert_len, key_len;
	char cert[IDENTITY_CERT_MAX]; /* PEM, a NUL behind it */
	char key[IDENTITY_KEY_MAX];
};

/* Read a pair. ERR_NOT_FOUND when either file is absent. tls_conf_new says whether they belong together. */
ERR_CHECK enum err identity_load(int dir, enum identity_slot slot, struct identity *out);

/* Overwrite the key. */
void identity_wipe(struct identity *id);

/* The key for a renewal: the one that waits since an earlier try, else a new one, durable when this returns. */
ERR_CHECK enum err identity_next_key(int dir, struct key_der *out);

/* Keep certificates (DER, leaf first) for the next key. ERR_TOO_LONG. */
ERR_CHECK enum err identity_put_next(int dir, const struct str chain[IDENTITY_CHAIN_MAX]);

/* The service has accepted this slot: it becomes the one in use. */
ERR_CHECK enum err identity_adopt(int dir, enum identity_slot slot);

/* PEM of certificates, leaf first; an empty one ends. For enrolment as well. */
ERR_CHECK enum err identity_pem(const struct str chain[IDENTITY_CHAIN_MAX], char out[IDENTITY_CERT_MAX], size_t *len);
