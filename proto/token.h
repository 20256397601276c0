/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The join token that an operator hands to a device: where the service is, which CA it must show, which root keys
 * its trust bundle must be of, and a one-time secret. Text "ct1." and base64url (RFC 4648 section 5, without padding)
 * of, big-endian:
 *
 *   version:u8 (2)  host_len:u8 (1..255)  host  port:u16 (not 0)  ca_sha256[32]  roots_sha256[32]  secret[24]
 *
 * Nothing follows. ca_sha256 is SHA-256 over the DER of the fleet's root CA certificate, roots_sha256 is
 * bundle_roots_sha256() of its trust bundle. Version 1 has no roots_sha256: tokens made by services of earlier
 * versions, and those of a fleet without a trust bundle. The host is a name or an address in text, of letters, digits
 * and "-.:[]_". Encoding is canonical: one token has one text.
 *
 * A token whose secret is all zeros is a fleet's card: it tells a device where its fleet is and whom to believe there,
 * and lets nobody in. It may stand in firmware; a device that has it shows a factory certificate.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_SECRET 24
#define TOKEN_HOST_MAX 256 /* 255 bytes and a NUL */
#define TOKEN_TEXT_MAX 472 /* of the longest token, and a NUL */

struct token {
	char host[TOKEN_HOST_MAX];
	uint16_t port;
	uint8_t ca_sha256[32];
	bool has_roots; /* version 2 */
	uint8_t roots_sha256[32];
	uint8_t secret[TOKEN_SECRET];
};

/* Whether it is a card. */
bool token_is_card(const struct token *token);

/* Append the text. ERR_INVALID (no host, a byte that no host has, port 0), ERR_TOO_LONG (b is full). */
ERR_CHECK enum err token_encode(struct buf *b, const struct token *token);

/* Read the text; spaces and line ends around it are skipped. ERR_INVALID: no token of these versions. */
ERR_CHECK enum err token_decode(struct str text, struct token *out);
