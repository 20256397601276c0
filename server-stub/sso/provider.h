/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an OpenID provider says about itself (OpenID Connect Discovery 1.0, section 3): where people sign in, where a
 * code is redeemed, where its keys are. Pure.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/sso/verdict.h"

#include <stdbool.h>

#define PROVIDER_URL_MAX 512
#define PROVIDER_WELL_KNOWN "/.well-known/openid-configuration"

struct provider {
	char sign_in[PROVIDER_URL_MAX]; /* authorization_endpoint */
	char redeem[PROVIDER_URL_MAX];	/* token_endpoint */
	char keys[PROVIDER_URL_MAX];	/* jwks_uri */
	bool takes_basic;		/* client_secret_basic */
	bool takes_none;		/* public clients, without a secret */
};

/* Whether it is an https address of visible ASCII with a host, and no user or fragment. */
bool provider_url_good(struct str url);

/* The port of such an address; 0: it is none. */
unsigned provider_url_port(struct str url);

/* Where the document of an issuer is; a '/' at the end of the issuer is not doubled. `out` has PROVIDER_URL_MAX bytes;
 * false: it does not fit. */
bool provider_document(const char *issuer, char *out);

/* Read the document, which must be of that issuer, byte for byte. */
enum verdict provider_read(struct str text, const char *issuer, struct provider *out);
