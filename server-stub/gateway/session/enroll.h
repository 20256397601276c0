/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment (ALPN "caltrop-enroll/1"): a device that shows no certificate sends one EnrollRequest, gets one
 * EnrollReply, and the connection ends. answer_enrolled writes the reply.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"
#include "proto/frame.h"
#include "proto/token.h"
#include "server-stub/store/store.h"

#define ENROLL_BYTES_MAX 6144 /* of the request's frame, its header included */

struct enroll_request {
	char token[TOKEN_TEXT_MAX];
	size_t csr_len;
	uint8_t csr[KEY_CSR_MAX];
	bool has_receipt_key; /* older devices have none */
	uint8_t receipt_key[STORE_KEY];
	size_t old_cert_len, vouch_len; /* both 0: the device says nothing of an earlier enrolment */
	uint8_t old_cert[KEY_CERT_MAX], vouch[KEY_SIGNATURE_MAX];
	char hostname[STORE_NAME_MAX], arch[STORE_NAME_MAX], version[STORE_NAME_MAX];
};

/* Read a request from all bytes received so far. ERR_TRUNCATED: more must come; ERR_PROTOCOL, ERR_TOO_LONG: close. */
ERR_CHECK enum err enroll_read(struct str bytes, struct enroll_request *out);
