/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session tickets (RFC 5077; RFC 8446 4.6.1) that carry the device's identity. The library's own tickets do not hold
 * the peer's certificate with TLS 1.3, and their key is lost when the process ends: after a restart ten thousand
 * devices would make full handshakes, which take milliseconds each. So the key is kept in a file (0600) and made anew
 * every TICKET_ROTATE_S; tickets of the key before are accepted too. All loops share one struct ticket_keys; any thread
 * may call.
 *
 * Tickets are valid for long, because TLS 1.2 cannot give a new ticket to a device that stays connected, and an outage
 * after weeks brings all devices back at once. A device makes a full handshake when it renews its certificate, so a
 * ticket that is valid for as long as a certificate (14 days by default) is always at hand. At each use the registry
 * decides what the device may do. Who steals ticket.key can decrypt the sessions of that time.
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
#define TICKET_HINT_S (7 * 86400) /* the lifetime that clients are told: the most that RFC 8446 allows */

/* The device that a certificate names. The registry is asked about it at every resumption. */
struct ticket_identity {
	uint8_t device[STORE_ID];
	uint8_t serial[16];
	int64_t not_after_s;
};

struct ticket_keys;

/* Read DIR/ticket.key, or make it when there is none. ERR_NO_MEMORY, ERR_IO, ERR_CORRUPT and other errors of files. */
ERR_CHECK enum err ticket_keys_open(const char *dir, int64_t wall_s, struct ticket_keys **out);
void ticket_keys_close(struct ticket_keys *keys);

/* Make a new key if the present one is TICKET_ROTATE_S old. */
ERR_CHECK enum err ticket_keys_rotate(struct ticket_keys *keys, int64_t wall_s);

/*
 * Append a ticket that holds session, identity and time. The caller gives the time, so that ticket_open can refuse old
 * tickets. ERR_TOO_LONG, ERR_CRYPTO.
 */
struct ticket_seal {
	struct str session;
	const struct ticket_identity *identity;
	int64_t wall_s;
};
ERR_CHECK enum err ticket_seal(struct ticket_keys *keys, const struct ticket_seal *seal, struct buf *out);

/*
 * Open a ticket: append its session and write its identity. The ticket's bytes are overwritten. ERR_CRYPTO: it is not
 * ours, was changed, or its key is no longer kept; ERR_EXPIRED: it is older than TICKET_LIFETIME_S; ERR_TOO_LONG.
 */
struct ticket_open {
	uint8_t *bytes;
	size_t len;
	int64_t wall_s;
};
ERR_CHECK enum err ticket_open(struct ticket_keys *keys, const struct ticket_open *open, struct buf *session,
			       struct ticket_identity *identity);
