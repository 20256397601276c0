/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's key and certificate in STATE_DIR/identity (agent/common/trust.h). A renewed pair lies beside the one in
 * use until the service has accepted it. The files and their slots:
 *   key.pem, cert.pem             IDENTITY_CURRENT: the pair in use
 *   next_key.pem, next_cert.pem   IDENTITY_NEXT: the renewed pair; without next_cert.pem a renewal has begun
 *   next_key.pem, cert.pem        IDENTITY_HALF: what a power cut during identity_adopt() leaves
 * identity_adopt() renames the certificate first and then the key, so at every moment one of these pairs belongs
 * together.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define IDENTITY_CERT_MAX 12288 /* bytes of PEM: the leaf and at most three certificates above it */
#define IDENTITY_KEY_MAX 512
#define IDENTITY_CHAIN_MAX 4

enum identity_slot { IDENTITY_NEXT, IDENTITY_CURRENT, IDENTITY_HALF, IDENTITY_SLOTS };

struct identity {
	size_t cert_len, key_len;
	char cert[IDENTITY_CERT_MAX]; /* PEM, and a NUL that is not counted */
	char key[IDENTITY_KEY_MAX];   /* PEM, and a NUL that is not counted */
};

/*
 * Read the pair of a slot. ERR_NOT_FOUND: one of its files is absent. Other errors are those of file_read(). Whether
 * the two belong together, tls_conf_new() says.
 */
ERR_CHECK enum err identity_load(int dir, enum identity_slot slot, struct identity *out);

/* Overwrite the key in memory. */
void identity_wipe(struct identity *id);

/*
 * Write the key for a renewal to *out. It is next_key.pem of an earlier try, or else a new key, which is durable in
 * that file when the call returns. Errors are those of key_generate() and file_replace().
 */
ERR_CHECK enum err identity_next_key(int dir, struct key_der *out);

/* Save the renewed certificates (DER, the leaf first, ended by an empty one) as next_cert.pem. ERR_TOO_LONG. */
ERR_CHECK enum err identity_put_next(int dir, const struct str chain[IDENTITY_CHAIN_MAX]);

/* Make the pair of this slot the one in use. Call it when the service has accepted the pair. Errors are rename(2)'s. */
ERR_CHECK enum err identity_adopt(int dir, enum identity_slot slot);

/* Write certificates (DER, the leaf first, ended by an empty one) as PEM, and a NUL. Enrolment uses it, too. */
ERR_CHECK enum err identity_pem(const struct str chain[IDENTITY_CHAIN_MAX], char out[IDENTITY_CERT_MAX], size_t *len);
