/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with what an OpenID provider said. Every reason has a value of its own, so that tests tell them apart
 * and the audit log says which it was.
 */
#pragma once

#define VERDICT_MAP(X)                                                                         \
	X(GOOD, "it is good")                                                                  \
	X(JSON, "what it sent is not the JSON object that it should be")                       \
	X(MISSING, "what it sent lacks a member that has to be there, or has a wrong one")     \
	X(URL, "it names an address that is not https, or is too long")                        \
	X(ISSUER, "what it sent is of another issuer")                                         \
	X(NO_CODE, "it does not offer the authorization code flow with PKCE by S256")          \
	X(CLIENT_AUTH, "it wants the client to prove itself in a way that is not known here")  \
	X(KEYS_MANY, "it has more keys than are read")                                         \
	X(KEY_BAD, "one of its keys is not what it should be")                                 \
	X(KEY_UNKNOWN, "its token is signed by a key that it does not publish")                \
	X(TOKEN, "its token is malformed or too long")                                         \
	X(ALGORITHM, "its token is signed in a way that is not taken (RS256, PS256, ES256)")   \
	X(CRITICAL, "its token asks for an extension that is not known here")                  \
	X(SIGNATURE, "its token's signature does not verify")                                  \
	X(AUDIENCE, "its token is for another client")                                         \
	X(EXPIRED, "its token has expired; see that the clocks here and there are right")      \
	X(NOT_YET, "its token is of the future; see that the clocks here and there are right") \
	X(NONCE, "its token was not made for this sign-in")                                    \
	X(NO_ROLE, "none of the groups that it names has a role here")

enum verdict {
#define X(name, text) VERDICT_##name,
	VERDICT_MAP(X)
#undef X
};

/* The sentence about the provider, which "NAME: " may go before. Never NULL. */
const char *verdict_text(enum verdict v);
