/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes for a new passkey and for signing in with one (Web Authentication Level 2, sections 7.1 and 7.2): this
 * service asked, and not long ago; a page of this service did, under one of its names; the authenticator answered for
 * that name, and knew its owner.
 */
#pragma once

#include "server-stub/api/authenticator.h"
#include "server-stub/api/call.h"
#include "server-stub/api/client_data.h"

#define CEREMONY_PURPOSE_MAX (STORE_NAME_MAX + 16)

struct ceremony {
	bool is_new;
	char purpose[CEREMONY_PURPOSE_MAX]; /* that the challenge was made for */
	struct str client_data;
	struct authenticator authenticator; /* as it was read */
	struct client_data client;	    /* set by ceremony_good */
};

/* Whether all that is so; false after an answer. The challenge is not used up by it (challenge_use). */
bool ceremony_good(struct call *call, struct ceremony *c);
