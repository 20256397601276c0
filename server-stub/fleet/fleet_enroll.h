/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a device is that enrols, and what becomes of the registry's row of it. There are four ways in:
 *   a token alone             a new device
 *   a token and an old key    the device of that key's certificate, which keeps its row; a revoked one stays out
 *   a token for a device      that device, on the word of the operator who made the token: the row stays, a revocation
 *                             ends, and the certificate in use counts as replaced at once. One that was expected
 *                             (fleet_expect.h) joins by it
 *   a factory certificate     in place of a token: its serial number is that of a device that is expected, or is new
 *                             here, and then the manufacturer's row says what becomes of it. A number that is in use
 *                             already gets in only with the old key, or when people expect its device again
 * What a device says of itself and cannot show is refused with a reason, and never makes a new device of it.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/store/store_factory.h"

/* The certificate whose key has signed the request; whoever filled this in has checked that, and the fleet's CA. */
struct fleet_enroll_old {
	uint8_t device[STORE_ID], serial[16];
	int64_t not_after_s;
};

/* What a factory certificate says; whoever filled this in has checked that certificate, and who has its key. */
struct fleet_enroll_factory {
	struct store_factory factory;
	char serial[STORE_NAME_MAX];
};

struct fleet_enroll_request {
	const char *token; /* text */
	const uint8_t *csr;
	size_t csr_len;
	const struct fleet_enroll_old *old; /* NULL: the request says nothing of an earlier enrolment */
	int64_t wall_us;
	const struct fleet_enroll_factory *factory; /* NULL: the request has a token */
};

enum fleet_enroll_way { FLEET_ENROLL_NEW = 1, FLEET_ENROLL_KEY = 2, FLEET_ENROLL_WORD = 3 };

struct fleet_enroll_result {
	enum fleet_enroll_way way;
	bool is_first;		 /* a use of the token was spent, if it has one; else the same request came before */
	bool was_revoked;	 /* FLEET_ENROLL_WORD: and is no more */
	bool was_expected;	 /* FLEET_ENROLL_WORD: it joins for the first time */
	bool is_superseded;	 /* after ERR_REPLAYED: a newer certificate than the old one is in use */
	uint8_t ghost[STORE_ID]; /* the device that waited for approval with this request, and is revoked; zero: none */
	struct registry_device device;
	struct registry_token token; /* zero: there was none */
	const char *why;	     /* after an error of the request: the end of a sentence. NULL: err_text has it */
};

/*
 * Use a token, or a factory certificate, for a CSR, inside a transaction of the caller. out->device is stored. When the
 * device has asked with the same CSR and token before (its answer was lost, or it waits for approval), out->device is
 * that device, and the token is not used once more; it must be valid still. Errors of the token: ERR_NOT_FOUND
 * (unknown, or of another fleet), ERR_EXPIRED, ERR_FULL (used up), ERR_REVOKED. Of the CSR: key_csr_public's. Of who
 * the device is: ERR_REVOKED, ERR_DENIED (the token is for another), ERR_UNTRUSTED (the old certificate's device is not
 * known here), ERR_REPLAYED (the old certificate is not the one in use), ERR_EXISTS (the CSR is of another device, or
 * the serial number is in use).
 */
ERR_CHECK enum err fleet_enroll(const struct fleet *f, struct store *s, const struct fleet_enroll_request *request,
				struct fleet_enroll_result *out);

/* A new id of a device. ERR_CRYPTO: the random source fails. */
ERR_CHECK enum err fleet_enroll_id(uint8_t id[STORE_ID]);

/* Count the certificate in use as replaced: only the one that was issued last is good from now on. */
void fleet_enroll_supersede(struct registry_device *d);
