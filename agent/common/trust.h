/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust bundle: whose orders this device obeys and which service it talks to. It is in STATE_DIR/trust/ (root's,
 * mode 0755, files 0644). Only root can write there, so a captured core cannot change whom the actor obeys. Its files:
 *   device_id      32 hex digits        group          name, one line      server_name    host name, one line
 *   ca.pem         one or more CERTIFICATE blocks
 *   bundle         the signed trust bundle (proto/bundle.h), which the actor replaces by newer ones
 *   order_keys.pem one or more PUBLIC KEY blocks      escrow.pem   one PUBLIC KEY block
 * Once there is a bundle, it alone says which CA, order keys and escrow key are trusted; those three files are those of
 * a device that has got none yet.
 * The device's identity is in STATE_DIR/identity/ (the guard's user's, mode 0700): key.pem, cert.pem with the leaf
 * first, and next_key.pem during a renewal; see shell/identity.h.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "proto/bundle.h"

#define TRUST_ORDER_KEYS_MAX BUNDLE_ORDER_KEYS_MAX
#define TRUST_NAME_MAX 64

struct trust {
	uint8_t device_id[16];
	char group[TRUST_NAME_MAX];
	char server_name[TRUST_NAME_MAX * 4];
	unsigned order_key_count;
	struct key_der order_keys[TRUST_ORDER_KEYS_MAX];
	uint64_t order_verbs[TRUST_ORDER_KEYS_MAX]; /* bit n: the key may sign orders of verb n */
	uint64_t order_kinds[TRUST_ORDER_KEYS_MAX]; /* bit n: the key may sign objects of kind n */
	uint32_t order_in_browser;		    /* bit n: a browser keeps key n */
	struct key_der escrow;			    /* the key that new secrets are sealed to; len 0: none */

	/* Of the bundle; without one, all of it is zero. */
	uint64_t version;
	uint8_t fleet[BUNDLE_FLEET];
	uint8_t digest[32]; /* SHA-256 of its bytes */
	unsigned roots_needed, root_count;
	struct key_der roots[BUNDLE_ROOTS_MAX];
	unsigned rule_count;
	struct bundle_rule rules[BUNDLE_RULES_MAX];
};

/*
 * Read the bundle from a directory. ERR_NOT_FOUND: there is no directory or no device_id in it, so the device is not
 * enrolled. ERR_CORRUPT: a file exists but cannot be read or does not parse; *bad_file, unless bad_file is NULL, is its
 * name. Any other error is that of opening the directory. After an error *out is zero. It reads files, so it is not
 * pure.
 */
ERR_CHECK enum err trust_load(const char *dir, struct trust *out, const char **bad_file);

/* Make *t trust whom the bundle says. What is the device's own (its id, group and server's name) stays. Pure. */
void trust_adopt(struct trust *t, const struct bundle *b);
