/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet's keys and what is made with them. A fleet lives in one directory, made by `caltrop-server init`:
 *   server.conf      settings (fleet_conf.h)
 *   ca.pem           the root certificate, ten years, and behind it those in use before   ca_key.pem   its key
 *   fleet.id         the fleet's identity, once the first root certificate was replaced (fleet_authority.h)
 *   server.pem       the link's certificate, by that CA        server_key.pem  its key
 *   order_keys.pem   public keys whose orders devices obey     order_key.pem   one of their private keys; may be absent
 *   trust.bundle     the same and more, signed by the fleet's root keys (fleet_bundle.h); once it is there, devices go
 *                    by it alone
 *   escrow.pem       what devices seal new secrets to
 *   ticket.key       what session tickets are sealed with      caltrop.db      the store
 * Private keys are 0600. The root keys and escrow_key.pem, which opens what devices seal, are written elsewhere by
 * init: the service needs neither.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/key.h"
#include "proto/bundle.h"
#include "proto/object.h"
#include "proto/order.h"
#include "proto/token.h"
#include "server-stub/fleet/notary.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store_object.h"

#define FLEET_DIR_MAX 256
#define FLEET_ORDER_KEYS_MAX 8
#define FLEET_CA_NAME "CN=Caltrop Fleet CA"
#define FLEET_ID_FILE "fleet.id" /* the identity in 64 hexadecimal digits, once the first authority was replaced */
#define FLEET_CA_DAYS 3650
#define FLEET_CAS_MAX 3 /* in ca.pem */
#define FLEET_ISSUE_EVERY_US (INT64_C(20) * 60 * 1000000)
#define FLEET_ISSUE_BURST 3
#define FLEET_SERVER_DAYS 397 /* `caltrop-server run` renews it before */

struct fleet {
	char dir[FLEET_DIR_MAX];
	uint8_t ca_cert[KEY_CERT_MAX]; /* the first of ca.pem, which signs */
	size_t ca_cert_len;
	uint8_t ca_sha256[32];
	unsigned old_ca_count; /* the others of ca.pem: what they signed is still a device's */
	struct bundle_ca old_cas[FLEET_CAS_MAX - 1];
	uint8_t id[STORE_FLEET]; /* the fleet's identity: the SHA-256 of its first CA's public key */
	struct notary *notary;	 /* borrowed; NULL: nothing can be signed or issued */
	unsigned order_public_count;
	struct key_der order_public[FLEET_ORDER_KEYS_MAX];
	struct key_der escrow; /* public */
	char server_name[256];
	int64_t cert_days; /* of device certificates, default 14 */
};

/* Read what is public in the fleet's directory. ERR_NOT_FOUND, ERR_DENIED, ERR_CORRUPT, ERR_IO: *bad_file names the
 * file, without the directory. */
ERR_CHECK enum err fleet_load(const char *dir, struct fleet *out, const char **bad_file);

/* Have the notary sign for the fleet; it stays the caller's. ERR_UNTRUSTED: its authority's key is not that of the
 * first certificate in ca.pem. */
ERR_CHECK enum err fleet_use_notary(struct fleet *f, struct notary *notary);

/* Append the encoded caltrop.v1.Trust for a device: whose orders it obeys, its group, the CA and the escrow key. */
ERR_CHECK enum err fleet_trust(const struct fleet *f, const struct registry_device *d, struct buf *out);

/*
 * Issue a certificate for the device and the key in the CSR. It fills d->next_serial, d->cert_not_after_s and
 * d->issue_due_us, which the caller stores. ERR_BUDGET: the device got one too often lately; the most is one every
 * FLEET_ISSUE_EVERY_US, and FLEET_ISSUE_BURST at once. ERR_INVALID, ERR_SIGNATURE, ERR_UNSUPPORTED: the CSR is
 * malformed, not signed by its key, or of another kind of key.
 */
ERR_CHECK enum err fleet_issue(const struct fleet *f, struct registry_device *d, const uint8_t *csr, size_t csr_len,
			       int64_t wall_s, uint8_t cert[KEY_CERT_MAX], size_t *cert_len);

/* Read the device's id from the subject of a certificate that fleet_issue made, as text. False: it is none of these. */
bool fleet_issue_device(const char *subject, uint8_t id[STORE_ID]);

/* A new join token. `text` is the only copy of it; the store gets its hash. */
struct fleet_token_request {
	const char *group, *created_by, *host;
	uint16_t port;
	uint32_t uses;
	int64_t ttl_s;
	bool approve;
	const uint8_t *device; /* that enrols with it and stays what it is (STORE_ID bytes); NULL: any, as a new one */
};
ERR_CHECK enum err fleet_token(const struct fleet *f, struct store *s, const struct fleet_token_request *r,
			       int64_t wall_us, char *text, size_t text_cap, struct registry_token *out);

/*
 * The card of the fleet (proto/token.h): where devices find it, its CA and its root keys, and no secret, so it may
 * stand in firmware. ERR_TOO_LONG, ERR_INVALID: the host is no host; errors of the fleet's files.
 */
ERR_CHECK enum err fleet_card(const struct fleet *f, const char *host, uint16_t port, char text[TOKEN_TEXT_MAX]);

/* The token of that text, used up or not. ERR_NOT_FOUND: it is none, of another fleet, or not known. */
ERR_CHECK enum err fleet_token_find(const struct fleet *f, struct store *s, const char *text,
				    struct registry_token *out);

/*
 * Encode the statement of an object and sign it with the service's order key: fills out->statement, signatures and
 * size. ERR_DENIED: the service has no key; ERR_REVOKED: the trust bundle does not name it.
 */
ERR_CHECK enum err fleet_sign_object(const struct fleet *f, const struct object *object, struct store_object *out);

/*
 * Encode an order and sign it with the service's order key. ERR_DENIED: the service has none; ERR_REVOKED: the trust
 * bundle does not name it, so no device would obey.
 */
ERR_CHECK enum err fleet_sign(const struct fleet *f, const struct order *order, struct registry_order *out);
