/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the service's door for newcomers (ALPN "caltrop-enroll/1"), waiting for the answer. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "proto/token.h"

#include "caltrop/v1/link.pb-c.h"

#include <stddef.h>
#include <stdint.h>

#define ENROLL_TALK_TIMEOUT_MS 30000
#define ENROLL_TALK_WHY_MAX 256

struct enroll_talk {
	const char *host; /* where to connect, and whose certificate it must be */
	uint16_t port;
	const uint8_t *ca_sha256;
	const char *token; /* text */
	const uint8_t *csr;
	size_t csr_len;
};

/*
 * Ask. *answer is the whole message, to be freed with caltrop__v1__to_device__free_unpacked(answer, NULL); its body
 * is an EnrollReply. ERR_TIMEOUT, ERR_CLOSED (not reachable), ERR_UNTRUSTED (not the server it should be),
 * ERR_PROTOCOL; `why` then says the rest of a sentence.
 */
ERR_CHECK enum err enroll_talk(const struct enroll_talk *question, Caltrop__V1__ToDevice **answer,
			       char why[ENROLL_TALK_WHY_MAX]);
