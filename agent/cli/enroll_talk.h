/* SPDX-License-Identifier: Apache-2.0 */
/* Sends an enrolment request to the service (ALPN "caltrop-enroll/1") and waits for the answer. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/cli/enroll_factory.h"
#include "agent/cli/enroll_vouch.h"
#include "proto/token.h"

#include "caltrop/v1/link.pb-c.h"

#include <stddef.h>
#include <stdint.h>

#define ENROLL_TALK_TIMEOUT_MS 30000
#define ENROLL_TALK_WHY_MAX 256

struct enroll_talk {
	const char *host; /* where to connect; the certificate must be for it */
	uint16_t port;
	const uint8_t *ca_sha256;
	const char *token; /* text; "" with a factory certificate */
	const uint8_t *csr;
	size_t csr_len;
	const struct key_der *receipt_key;    /* public */
	const struct enroll_vouch *vouched;   /* who this device is already; NULL: that is not said */
	const struct enroll_factory *factory; /* NULL: it shows none */
};

/*
 * Send the request. *answer is a message whose body is an EnrollReply; the caller frees it with
 * caltrop__v1__to_device__free_unpacked(answer, NULL). ERR_TIMEOUT, ERR_CLOSED (not reachable), ERR_UNTRUSTED (the
 * server has not shown the token's CA), ERR_PROTOCOL; `why` is then the end of a sentence.
 */
ERR_CHECK enum err enroll_talk(const struct enroll_talk *question, Caltrop__V1__ToDevice **answer,
			       char why[ENROLL_TALK_WHY_MAX]);
