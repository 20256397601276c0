/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session tickets (RFC 5077; RFC 8446 4.6.1) that carry the device's identity. The library's own tickets would do for a
 * resumption, but with TLS 1.3 they forget the peer's certificate, and they forget their key with the process: after a
 * restart ten thousand devices would shake hands in full, milliseconds each. So the key is a file (0600), made anew
 * every TICKET_ROTATE_S; the one before is still taken. All loops share one of these; thread-safe.
 *
 * Their life is long on purpose. TLS 1.2 has no way to hand a new ticket to a device that stays connected, and it is
 * after weeks of calm that an outage brings all of them back at once. A device shakes hands in full when it renews its
 * certificate, so a ticket that lives as long as a certificate by default is always there. What a ticket may do is
 * decided by the registry at every use; what a stolen ticket.key costs is the secrecy of the sessions of that time.
 *
 * A ticket: key_id[4] nonce[12] tag[16], then AES-256-GCM over identity and session.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "server-stub/store/store.h"

#include <stdbool.h>
#include <stdint.h>

#define TICKET_ROTATE_S (14 * 86400)
#define TICKET_LIFETIME_S (14 * 86400)
#define TICKET_HINT_S (7 * 86400) /* what clients are told: the most that RFC 8446 allows */

/* Whom a certificate names. What the registry says of it is looked up anew at every resumption. */
struct ticket_identity {
	uint8_t device[STORE_ID];
	uint8_t serial[16];
	int64_t not_after_s;
};

struct ticket_keys;

/* Read DIR/ticket.key, or make it. ERR_NO_MEMORY, ERR_IO, ... */
ERR_CHECK enum err ticket_keys_open(const char *dir, int64_t wall_s, struct ticket_keys **out);
void ticket_keys_close(struct ticket_keys *keys);

/* Make a new key when it is time. */
ERR_CHECK enum err ticket_keys_rotate(struct ticket_keys *keys, int64_t wall_s);

/*
 * Seal session and identity into out. ERR_TOO_LONG, ERR_CRYPTO. Times are the caller's, so that old tickets can be
 * told.
 */
struct ticket_seal {
	struct str session;
	const struct ticket_identity *identity;
	int64_t wall_s;
};
ERR_CHECK enum err ticket_seal(struct ticket_keys *keys, const struct ticket_seal *seal, struct buf *out);

/*
 * The other way: the session is appended. ERR_CRYPTO: not ours, changed, or under a key that is gone; ERR_EXPIRED;
 * ERR_TOO_LONG. The ticket's bytes are used up.
 */
struct ticket_open {
	uint8_t *bytes;
	size_t len;
	int64_t wall_s;
};
ERR_CHECK enum err ticket_open(struct ticket_keys *keys, const struct ticket_open *open, struct buf *session,
			       struct ticket_identity *identity);
