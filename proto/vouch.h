/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a device that enrols again shows that it is the device which it was: its old key signs the new request. What it
 * signs (ECDSA P-256 over SHA-256, key_sign() of agent/base/key.h) is
 *
 *	"caltrop vouch 1" NUL  ca_sha256[32]  SHA-256(token)  SHA-256(csr)  SHA-256(certificate)
 *
 * with the fleet's CA as the token names it, the token's text, the request (DER) and the old certificate (DER). So it
 * holds for one token, which is used up, and for one new key, which only the device has: sent by somebody else it gives
 * him nothing. Pure.
 */
#pragma once

#include "agent/base/key.h"
#include "agent/base/str.h"

#include <stdint.h>

#define VOUCH_STATEMENT (16 + 4 * 32)

struct vouch {
	const uint8_t *ca_sha256;
	struct str token, csr, certificate;
};

/* Write the statement. */
void vouch_statement(const struct vouch *v, uint8_t statement[VOUCH_STATEMENT]);
