/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private key that the command line signs with, whatever it is kept in. Orders, trust bundles and whatever else is
 * signed at the desk go through here. Messages are printed here, on standard error.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "server-stub/cli/pkcs11_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct signer {
	const char *name;			/* as it was given */
	struct key_der private_key, public_key; /* the private one has len 0 when it is in a token */
	struct pkcs11_key token;
};

/* Open the key of that name, a file in PEM or a key in a token ("pkcs11:...", pkcs11_uri.h). Returns OPTS_GO_ON, or an
 * exit status after a message. */
int signer_open(const char *name, struct signer *out);

struct signer_signature {
	size_t len;
	uint8_t bytes[KEY_SIGNATURE_MAX];
};

/* Sign data with ECDSA P-256 over SHA-256; the signature is DER. Errors are those of key_sign() and
 * pkcs11_key_sign(). */
ERR_CHECK enum err signer_sign(const struct signer *s, const void *data, size_t len, struct signer_signature *out);

/* As signer_open(), for what a token is not asked for: the key must be in a file. */
int signer_open_file(const char *name, struct signer *out);

/* Forget the key. */
void signer_close(struct signer *s);

/* Make a key in the token that the name is of. Returns as signer_open(). */
int signer_create(const char *name, struct key_der *public_key);

/* Read a public key in PEM from a file, or the public half of a private one, or of one in a token. Returns as
 * signer_open(). */
int signer_public(const char *path, struct key_der *out);

/* The same, but a file with a private key is refused: nobody needs one to say whom to trust. */
int signer_public_only(const char *path, struct key_der *out);
