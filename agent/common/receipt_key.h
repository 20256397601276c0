/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's receipt key, STATE_DIR/actor/receipt.key: a P-256 key as DER of mode 0600, in a directory that only root
 * can enter. With it the actor signs the chain of its receipts (proto/chain.h); `caltrop enroll` shows its public half
 * to the service. Whoever comes first makes it.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"

#define RECEIPT_KEY_FILE "receipt.key"

/*
 * Read the key in the directory, or make it; a new one is durable when the call returns. ERR_INVALID: the file holds no
 * such key; it is left as it is, because the service knows only the key that was in it. Other errors are those of
 * files. After an error the private key's length is 0.
 */
ERR_CHECK enum err receipt_key_open(int dir, struct key_der *private_key, struct key_der *public_key);
