/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust bundle as it lies on the device, in STATE_DIR/trust/ (root-owned 0755, files 0644; only root writes, so a
 * captured core cannot change whom the actor obeys):
 *   device_id      32 hex digits        group          name, one line      server_name    host name, one line
 *   ca.pem         one or more CERTIFICATE blocks
 *   order_keys.pem one or more PUBLIC KEY blocks      escrow.pem   one PUBLIC KEY block
 * and the identity, in STATE_DIR/identity/ (owned by the guard's user, 0700):
 *   key.pem  cert.pem (leaf first)  and next_key.pem while a renewal is under way.
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
	struct key_der escrow; /* len 0: none */
};

/*
 * Load from a directory. ERR_NOT_FOUND: the directory or device_id is absent (not enrolled). ERR_CORRUPT: a file is
 * there but does not parse; `bad_file` (may be NULL) then names it. Reads files, so it is no part of the pure code.
 */
ERR_CHECK enum err trust_load(const char *dir, struct trust *out, const char **bad_file);
