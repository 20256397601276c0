/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A P-256 key in a token that speaks PKCS #11 (a smart card, an HSM): it signs inside of the token and cannot leave it.
 * The module, a library of the token's maker, is loaded when such a key is named: the URI's module-path, else
 * p11-kit-proxy.so, which stands for all modules that this machine's administrator has set up. The PIN comes from the
 * file that the URI's pin-source names, else from the terminal. Messages are printed here, on standard error.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"

#include <stddef.h>

struct CK_FUNCTION_LIST;

struct pkcs11_key {
	void *module;
	const struct CK_FUNCTION_LIST *f;
	unsigned long session, private_key; /* handles of the module */
	struct key_der public_key;
};

/* Open the key that the URI names, and log in. Returns OPTS_GO_ON, or an exit status after a message; then there is
 * nothing to close. */
int pkcs11_key_open(const char *uri, struct pkcs11_key *out);

/* Read its public half alone, without the PIN. */
int pkcs11_key_public(const char *uri, struct key_der *out);

/* Make a key with the URI's object (its label) and id, which never leaves the token. It is an error if there is one. */
int pkcs11_key_create(const char *uri, struct key_der *public_key);

/*
 * Sign as key_sign() does, and check it by the public key. ERR_CRYPTO: the token did not; ERR_SIGNATURE: what it made
 * is not the key's signature.
 */
ERR_CHECK enum err pkcs11_key_sign(const struct pkcs11_key *key, struct str data, uint8_t signature[KEY_SIGNATURE_MAX],
				   size_t *signature_len);

/* Log out and unload the module. A key that is all zeros is no key, and is fine. */
void pkcs11_key_close(struct pkcs11_key *key);
