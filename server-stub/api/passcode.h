/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second factor: a code that an app shows for thirty seconds (TOTP, RFC 6238 over HOTP, RFC 4226: HMAC-SHA-1, six
 * digits, a secret of 20 bytes), or a recovery code of 80 random bits, each good once. Pure.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/store/person.h"

#include <stdint.h>

#define PASSCODE_MAX 32		/* a code's text as it was typed, with its NUL */
#define PASSCODE_SECRET_TEXT 33 /* a secret in base32 (RFC 4648) with its NUL */
#define PASSCODE_RECOVERY_BYTES 10
#define PASSCODE_RECOVERY_TEXT 20 /* "abcd-efgh-ijkl-mnop" with its NUL */
#define PASSCODE_URI_MAX 384

enum passcode_kind {
	PASSCODE_NONE = 0, /* no code could be written so */
	PASSCODE_TIMED,
	PASSCODE_RECOVERY,
};

/* What a code is by its form; spaces and dashes do not count. */
enum passcode_kind passcode_kind(struct str text);

/* The number that an app with this secret shows in the given step of time, of 30 s since 1970. */
uint32_t passcode_number(const uint8_t secret[PERSON_TOTP], uint64_t step);

/* The step in which an app with this secret shows this code, of those now, one before and one behind it, and after
 * `last`; 0: in none. */
int64_t passcode_step(const uint8_t secret[PERSON_TOTP], struct str text, int64_t last, int64_t now_s);

/* Whether the code is one of the operator's. It is then worth nothing any more: u->totp_step or u->recovery changes. */
bool passcode_use(struct person *u, struct str text, int64_t now_s);

/* Recovery codes that were not used yet. */
unsigned passcode_left(const struct person *u);

/* The text of a recovery code of these bytes, and the hash by which it is known. */
void passcode_recovery(const uint8_t random[PASSCODE_RECOVERY_BYTES], char text[PASSCODE_RECOVERY_TEXT],
		       uint8_t hash[STORE_HASH]);

/* The secret in base32, as one types it into an app. */
void passcode_secret(const uint8_t secret[PERSON_TOTP], char text[PASSCODE_SECRET_TEXT]);

/* The same as a URI, which apps read as a QR code (the Key Uri Format of Google Authenticator). `host` names the
 * service. */
void passcode_uri(const struct person *u, const char *host, char text[PASSCODE_URI_MAX]);
