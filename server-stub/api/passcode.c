/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of the second factor: what they are, and whether they fit. Knows no call, clock or random source. */
#include "server-stub/api/passcode.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "agent/base/require.h"

#include <mbedtls/md.h>

#include <stdio.h>
#include <string.h>

#define STEP_S 30
#define DIGITS 6
#define MODULUS 1000000
#define RECOVERY_LETTERS 16

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* base32 */

/* Without spaces and dashes, in small letters. False: it is too long for a code. */
static bool tidy(struct str text, char out[RECOVERY_LETTERS + 1], size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == ' ' || c == '-')
			continue;
		if (*len == RECOVERY_LETTERS)
			return false;
		out[(*len)++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	out[*len] = '\0';
	return true;
}

enum passcode_kind passcode_kind(struct str text)
{
	char plain[RECOVERY_LETTERS + 1];
	size_t len;

	if (!tidy(text, plain, &len))
		return PASSCODE_NONE;
	if (len == DIGITS && strspn(plain, "0123456789") == len)
		return PASSCODE_TIMED;
	return len == RECOVERY_LETTERS && strspn(plain, letters) == len ? PASSCODE_RECOVERY : PASSCODE_NONE;
}

/* RFC 4226 section 5.3 */
uint32_t passcode_number(const uint8_t secret[PERSON_TOTP], uint64_t step)
{
	uint8_t message[8], mac[20];
	const uint8_t *at;

	for (unsigned i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(step >> (56 - 8 * i));
	require(mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), secret, PERSON_TOTP, message,
				sizeof(message), mac) == 0);
	at = mac + (mac[sizeof(mac) - 1] & 15);
	return ((uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) % MODULUS;
}

int64_t passcode_step(const uint8_t secret[PERSON_TOTP], struct str text, int64_t last, int64_t now_s)
{
	char plain[RECOVERY_LETTERS + 1];
	uint64_t number;
	size_t len;

	if (passcode_kind(text) != PASSCODE_TIMED || !tidy(text, plain, &len) ||
	    str_number((struct str){plain, len}, MODULUS, &number) != ERR_OK)
		return 0;
	for (int64_t step = now_s / STEP_S - 1; step <= now_s / STEP_S + 1; step++)
		if (step > last && passcode_number(secret, (uint64_t)step) == number)
			return step;
	return 0;
}

static void hash_of(const char *plain, uint8_t hash[STORE_HASH])
{
	key_sha256(plain, RECOVERY_LETTERS, hash);
}

static bool use_recovery(struct person *u, struct str text)
{
	char plain[RECOVERY_LETTERS + 1];
	uint8_t hash[STORE_HASH];
	size_t len;

	if (!tidy(text, plain, &len))
		return false;
	hash_of(plain, hash);
	for (unsigned i = 0; i < PERSON_RECOVERY_MAX; i++) {
		if (memcmp(u->recovery[i], hash, STORE_HASH) != 0)
			continue;
		memset(u->recovery[i], 0, STORE_HASH);
		return true;
	}
	return false;
}

bool passcode_use(struct person *u, struct str text, int64_t now_s)
{
	int64_t step;

	if (!person_has_factor(u))
		return false;
	if (passcode_kind(text) == PASSCODE_RECOVERY)
		return use_recovery(u, text);
	/* Without an app the secret is zeros, and its codes are everybody's. */
	if (!person_has_app(u))
		return false;
	step = passcode_step(u->totp, text, u->totp_step, now_s);
	if (step)
		u->totp_step = step;
	return step != 0;
}

unsigned passcode_left(const struct person *u)
{
	static const uint8_t used[STORE_HASH];
	unsigned count = 0;

	for (unsigned i = 0; i < PERSON_RECOVERY_MAX; i++)
		count += memcmp(u->recovery[i], used, STORE_HASH) != 0;
	return count;
}

/* RFC 4648 section 6; whole groups of five bytes, so without '='. */
static void base32(const uint8_t *bytes, size_t len, char *out)
{
	uint64_t group;

	for (; len >= 5; len -= 5, bytes += 5) {
		group = 0;
		for (unsigned i = 0; i < 5; i++)
			group = group << 8 | bytes[i];
		for (unsigned i = 0; i < 8; i++)
			*out++ = letters[group >> (35 - 5 * i) & 31];
	}
	*out = '\0';
}

void passcode_recovery(const uint8_t random[PASSCODE_RECOVERY_BYTES], char text[PASSCODE_RECOVERY_TEXT],
		       uint8_t hash[STORE_HASH])
{
	char plain[RECOVERY_LETTERS + 1];
	struct buf b = buf_over(text, PASSCODE_RECOVERY_TEXT - 1);

	base32(random, PASSCODE_RECOVERY_BYTES, plain);
	hash_of(plain, hash);
	for (unsigned i = 0; i < RECOVERY_LETTERS; i++) {
		if (i && i % 4 == 0)
			buf_char(&b, '-');
		buf_char(&b, plain[i]);
	}
	text[b.len] = '\0';
}

void passcode_secret(const uint8_t secret[PERSON_TOTP], char text[PASSCODE_SECRET_TEXT])
{
	base32(secret, PERSON_TOTP, text);
	for (; *text; text++)
		*text = *text >= 'a' ? (char)(*text - 'a' + 'A') : *text;
}

static void put_escaped(struct buf *b, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if ((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
		    strchr("-._~", *c)) {
			buf_char(b, (char)*c);
			continue;
		}
		buf_char(b, '%');
		buf_char(b, hex[*c >> 4]);
		buf_char(b, hex[*c & 15]);
	}
}

void passcode_uri(const struct person *u, const char *host, char text[PASSCODE_URI_MAX])
{
	char secret[PASSCODE_SECRET_TEXT];
	struct buf b = buf_over(text, PASSCODE_URI_MAX - 1);

	passcode_secret(u->totp_next, secret);
	buf_text(&b, "otpauth://totp/Caltrop:");
	put_escaped(&b, u->name);
	buf_text(&b, "%40");
	put_escaped(&b, host);
	buf_printf(&b, "?secret=%s&issuer=Caltrop", secret);
	text[b.overflow ? 0 : b.len] = '\0';
	key_wipe(secret, sizeof(secret));
}
