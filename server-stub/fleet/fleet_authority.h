/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet's authority, which signs the certificates of devices and of the service, and its change. The fleet stays
 * the same one: its identity is written down when the first authority goes, because until then it is the hash of that
 * authority's key. In this order nobody is shut out:
 *   1. fleet_authority_next() makes the next one beside the one in use;
 *   2. the root keys have devices accept it too (`caltrop trust ca`);
 *   3. fleet_authority_use() puts it in use. Certificates by the one before are still accepted from devices, and each
 *      device gets one by the new authority when it renews;
 *   4. once all have renewed, the root keys take the old one away, and its certificate is removed from ca.pem by hand.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"

#define FLEET_AUTHORITY_NEXT "next_ca.pem"
#define FLEET_AUTHORITY_NEXT_KEY "next_ca_key.pem"

struct fleet_authority {
	const char *dir, *cert_name, *key_name; /* where the certificate and its private key go */
	struct key_der key;
	uint8_t cert[KEY_CERT_MAX];
	size_t cert_len;
};

/* Make an authority and write its two files, which must not be there. After an error *bad names one of them. */
ERR_CHECK enum err fleet_authority_make(struct fleet_authority *a, int64_t wall_s, const char **bad);

/* Make the next authority of the fleet in `dir`. ERR_EXISTS: there is one. `error` is a sentence. */
ERR_CHECK enum err fleet_authority_next(const char *dir, int64_t wall_s, char error[FLEET_CONF_ERROR_MAX]);

/*
 * Put the next authority in use; the service must not run. A start that was cut is ended by the next call.
 * ERR_NOT_FOUND: there is none. ERR_UNTRUSTED: the fleet's trust bundle does not have it, so devices would refuse the
 * service. ERR_FULL: ca.pem has FLEET_CAS_MAX. `error` is a sentence.
 */
ERR_CHECK enum err fleet_authority_use(const char *dir, char error[FLEET_CONF_ERROR_MAX]);
