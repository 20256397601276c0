/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of single sign-on (OpenID Connect, authorization code flow with PKCE). The browser gets the provider's
 * address and a cookie, comes back to our page with a code, and that page sends both here. What a sign-in is known by
 * is derived from the cookie, so nothing is kept of those that are under way; each is good once and for
 * CHALLENGE_GOOD_US. The envoy (outside/envoy.h) speaks to the provider, and a call waits for it without keeping others
 * waiting. An account is made at its first sign-in; its role is what its groups are for, each time anew. It has no
 * password and no passkey here, and no account that was added here can be reached in this way.
 */
#pragma once

#include <stdbool.h>

struct call;

void sso_show(struct call *call);   /* GET: the name of the provider, and where the console must be open for it */
void sso_begin(struct call *call);  /* POST: answers with the provider's address */
void sso_finish(struct call *call); /* POST {code, state, iss}: what the provider sent the browser back with */
void sso_factor(struct call *call); /* POST {code}: of the second factor, where sso_finish asked for it */
