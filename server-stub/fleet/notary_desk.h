/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the notary does for one request: bytes in, bytes out. Both ends are one program on one machine, so requests and
 * answers are plain structs. It signs only what it can read itself, and makes certificates itself.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/store/kind.h"

#define NOTARY_BYTES_MAX (FLEET_CONF_NAMES_MAX * FLEET_CONF_TEXT_MAX)

enum notary_kind {
	NOTARY_ORDER,  /* sign `bytes`, an order of proto/order.h */
	NOTARY_OBJECT, /* sign `bytes`, the statement of an object, proto/object.h */
	NOTARY_DEVICE, /* certify `public_key` as the device's */
	NOTARY_SERVER, /* certify `public_key` as the service's, for the names in `bytes`, each with its NUL */
};

struct notary_request {
	uint32_t number; /* of the request, which its answer repeats */
	uint32_t kind;	 /* enum notary_kind */
	int64_t wall_s;	 /* now; the notary's process puts its own clock here */
	uint8_t device[STORE_ID];
	struct key_der public_key;
	uint32_t len;
	uint8_t bytes[NOTARY_BYTES_MAX]; /* the last: what is behind len is not sent */
};

struct notary_answer {
	uint32_t number;
	uint32_t err; /* enum err */
	uint8_t serial[16];
	int64_t not_after_s; /* of a certificate */
	uint32_t len;
	uint8_t bytes[KEY_CERT_MAX]; /* the signature, or the certificate; what is behind len is not sent */
};

/* The private keys, and what they are known by. */
struct notary_desk {
	struct key_der ca_key, order_key; /* len 0: the service has no order key */
	struct key_der ca_public, order_public;
	int64_t cert_days; /* that a device's certificate is good for */
};

/* Read ca_key.pem, order_key.pem and server.conf. The caller wipes *out. Errors and *bad_file are those of
 * fleet_load(). */
ERR_CHECK enum err notary_desk_load(const char *dir, struct notary_desk *out, const char **bad_file);

/*
 * Answer one request of `len` bytes. An error is in answer->err: ERR_PROTOCOL, it is no request; ERR_DENIED, there is
 * no such key; ERR_INVALID or ERR_UNSUPPORTED, the bytes are no order, object or names; ERR_CRYPTO.
 */
void notary_desk_answer(const struct notary_desk *d, const struct notary_request *request, size_t len,
			struct notary_answer *answer);
