/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust bundle: whose orders this device obeys and which service it talks to. It is in STATE_DIR/trust/ (root's,
 * mode 0755, files 0644). Only root can write there, so a captured core cannot change whom the actor obeys. Its files:
 *   device_id      32 hex digits        group          name, one line      server_name    host name, one line
 *   ca.pem         one or more CERTIFICATE blocks
 *   order_keys.pem one or more PUBLIC KEY blocks      escrow.pem   one PUBLIC KEY block
 * The device's identity is in STATE_DIR/identity/ (the guard's user's, mode 0700): key.pem, cert.pem with the leaf
 * first, and next_key.pem during a renewal; see shell/identity.h.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"

#define TRUST_ORDER_KEYS_MAX 8
#define TRUST_NAME_MAX 64

struct trust {
	uint8_t device_id[16];
	char group[TRUST_NAME_MAX];
	char server_name[TRUST_NAME_MAX * 4];
	unsigned order_key_count;
	struct key_der order_keys[TRUST_ORDER_KEYS_MAX];
	struct key_der escrow; /* the key that new secrets are sealed to; len 0: none */
};

/*
 * Read the bundle from a directory. ERR_NOT_FOUND: there is no directory or no device_id in it, so the device is not
 * enrolled. ERR_CORRUPT: a file exists but cannot be read or does not parse; *bad_file, unless bad_file is NULL, is its
 * name. Any other error is that of opening the directory. After an error *out is zero. It reads files, so it is not
 * pure.
 */
ERR_CHECK enum err trust_load(const char *dir, struct trust *out, const char **bad_file);
