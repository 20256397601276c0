/* SPDX-License-Identifier: Apache-2.0 */
/* What certificates by the fleet's authority look like. Only the key in them comes from who asks. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/key.h"
#include "server-stub/store/kind.h"

struct notary_cert {
	const struct key_der *ca_key;	  /* private */
	const struct key_der *public_key; /* of whom it is for */
	int64_t wall_s;			  /* now */
	uint8_t bytes[KEY_CERT_MAX];	  /* the certificate, and what it says of itself */
	size_t len;
	uint8_t serial[16];
	int64_t not_after_s;
};

/* Make a device's: its id is the common name and a uniform resource name (RFC 9562), and it ends after `days`. Errors
 * are those of key_cert(). */
ERR_CHECK enum err notary_cert_device(struct notary_cert *c, const uint8_t id[STORE_ID], int64_t days);

/*
 * Make the service's own: `names` are texts, each with its NUL, one behind the other; the first is the common name. For
 * the command line on the same machine it has the names of the local host too. ERR_INVALID: there is none, there are
 * more than FLEET_CONF_NAMES_MAX, one has no NUL or cannot stand in a certificate.
 */
ERR_CHECK enum err notary_cert_server(struct notary_cert *c, const char *names, size_t len);

/* Append the names that such a certificate has, in its order, with blanks between; nothing where it would be refused.
 */
void notary_cert_names(const char *names, size_t len, struct buf *out);
