/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a provider: to let somebody sign in (RFC 6749 section 4.1.1, with PKCE, RFC 7636), and to redeem the
 * code that comes of it (section 4.1.3). Pure.
 */
#pragma once

#include "agent/base/buf.h"

#define ASK_URL_MAX 2048
#define ASK_BODY_MAX 8192
#define ASK_SECRET 44	  /* 32 bytes in base64url, with the NUL */
#define ASK_CODE_MAX 2048 /* of a provider's code, with its NUL */

/* The secrets of one sign-in. */
struct ask_secrets {
	char state[ASK_SECRET], nonce[ASK_SECRET], verifier[ASK_SECRET];
};

struct ask_client {
	const char *id, *secret; /* secret "": a public client */
	const char *redirect;	 /* the address of our page to which people come back */
	const char *scope, *acr; /* acr "": none is asked for */
};

/* Append NAME=VALUE in the manner of application/x-www-form-urlencoded, with '&' before it where there is one already.
 */
void ask_field(struct buf *b, const char *name, const char *value);

/* The address to which the browser goes; b is over ASK_URL_MAX bytes. */
void ask_sign_in(struct buf *b, const char *endpoint, const struct ask_client *client,
		 const struct ask_secrets *secrets);

/* The body by which a code is redeemed. */
void ask_redeem(struct buf *b, const struct ask_client *client, const char *code, const char *verifier);

/* The value of the header Authorization for a client with a secret (section 2.3.1); b is over ASK_URL_MAX bytes. */
void ask_basic(struct buf *b, const struct ask_client *client);
