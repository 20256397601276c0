/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who signed in, by the claims of an ID token whose signature was verified (OpenID Connect Core 1.0, section 3.1.3.7).
 * Pure: the time is a parameter.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/sso/grant.h"
#include "server-stub/sso/verdict.h"

#include <stdbool.h>
#include <stdint.h>

#define IDENTITY_SKEW_S 60	 /* that clocks may differ */
#define IDENTITY_AGE_MAX_S 600	 /* since the token was made */
#define IDENTITY_SUBJECT_MAX 256 /* sub has at most 255 ASCII characters */
#define IDENTITY_ACCOUNT_MAX 64
#define IDENTITY_ACCOUNT "sso:" /* the front of the names of all accounts from a provider */

struct identity_ask {
	const char *issuer, *client, *nonce;
	int64_t wall_s;
	const struct grant *grant;
};

struct identity {
	char account[IDENTITY_ACCOUNT_MAX]; /* its name here, from issuer and sub */
	char shown[128];		    /* what the provider calls them; nothing depends on it */
	char role[16];
	bool factor; /* the provider saw a second factor, and is trusted with that */
};

/*
 * The name of an account: "sso:", what of sub is plain, and the front of a SHA-256 over issuer and sub, so that no two
 * have one name, and no operator who was added here has it.
 */
void identity_account(const char *issuer, const char *sub, char out[IDENTITY_ACCOUNT_MAX]);

/* Judge a token's payload. After another verdict than VERDICT_GOOD only out->account may be set, for the audit log. */
enum verdict identity_read(struct str payload, const struct identity_ask *ask, struct identity *out);
