/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a browser says around an authenticator's signature (Web Authentication Level 2, section 5.8.1): JSON that names
 * the page which asked. The browser fills it in, not the page. Pure.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "server-stub/api/challenge.h"

#include <stdbool.h>

#define CLIENT_DATA_MAX 2048
#define CLIENT_DATA_HOST_MAX 256

struct client_data {
	bool is_new; /* it is about a new key pair, not a signature */
	uint8_t challenge[CHALLENGE_BYTES];
	char host[CLIENT_DATA_HOST_MAX]; /* of the page, which came by https */
};

/* Read it. ERR_INVALID: it is no such JSON, the challenge is none of ours, or the page came in another way or stood in
 * one of another site. */
ERR_CHECK enum err client_data_read(struct str text, struct client_data *out);
