/* SPDX-License-Identifier: Apache-2.0 */
/* Lays out what the old key of a device signs. Never signs and never judges. */
#include "proto/vouch.h"

#include <string.h>

static uint8_t *put_digest(uint8_t *at, struct str bytes)
{
	key_sha256(bytes.data, bytes.len, at);
	return at + 32;
}

void vouch_statement(const struct vouch *v, uint8_t statement[VOUCH_STATEMENT])
{
	static const char magic[16] = "caltrop vouch 1";
	uint8_t *at = statement + sizeof(magic);

	memcpy(statement, magic, sizeof(magic));
	memcpy(at, v->ca_sha256, 32);
	at = put_digest(at + 32, v->token);
	at = put_digest(at, v->csr);
	(void)put_digest(at, v->certificate);
}
