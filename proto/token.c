/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The join token's text, both ways: the service writes it, `caltrop enroll` reads it. Never judges whether a token
 * is good; that is the service's to say.
 */
#include "proto/token.h"

#include "agent/base/view.h"

#include <string.h>

#define VERSION_BARE 1
#define VERSION_ROOTS 2
#define BYTES_MAX (1 + 1 + (TOKEN_HOST_MAX - 1) + 2 + 32 + 32 + TOKEN_SECRET)
#define PREFIX "ct1."

_Static_assert(sizeof(PREFIX) - 1 + (BYTES_MAX * 4 + 2) / 3 < TOKEN_TEXT_MAX, "the longest token fits its text");

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == ':' || c == '[' || c == ']' || c == '_';
}

static bool host_valid(const char *host, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!host_byte(host[i]))
			return false;
	}
	return len > 0 && len < TOKEN_HOST_MAX;
}

static void base64_put(struct buf *b, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)data[i] << 16;
		bits |= n > 1 ? (uint32_t)data[i + 1] << 8 : 0;
		bits |= n > 2 ? data[i + 2] : 0;
		for (size_t k = 0; k <= n; k++)
			buf_char(b, digits[bits >> (18 - 6 * k) & 63]);
	}
}

static int base64_value(char c)
{
	const char *found = c ? strchr(digits, c) : NULL;
	return found ? (int)(found - digits) : -1;
}

/* Bits left over at the end must be zero, so that no two texts give the same bytes. */
static enum err base64_take(struct str text, uint8_t *out, size_t cap, size_t *len)
{
	uint32_t bits = 0;
	unsigned held = 0;
	*len = 0;
	for (size_t i = 0; i < text.len; i++) {
		int value = base64_value(text.data[i]);
		if (value < 0)
			return ERR_INVALID;
		bits = (bits << 6 | (uint32_t)value) & 0xfff;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (*len == cap)
			return ERR_INVALID;
		out[(*len)++] = (uint8_t)(bits >> held);
	}
	return held < 6 && (bits & ((1u << held) - 1)) == 0 ? ERR_OK : ERR_INVALID;
}

enum err token_encode(struct buf *b, const struct token *token)
{
	size_t host_len = strnlen(token->host, TOKEN_HOST_MAX);
	if (!host_valid(token->host, host_len) || token->port == 0)
		return ERR_INVALID;
	uint8_t bytes[BYTES_MAX];
	struct buf raw = buf_over(bytes, sizeof(bytes));
	buf_be8(&raw, token->has_roots ? VERSION_ROOTS : VERSION_BARE);
	buf_be8(&raw, (uint8_t)host_len);
	buf_bytes(&raw, token->host, host_len);
	buf_be16(&raw, token->port);
	buf_bytes(&raw, token->ca_sha256, sizeof(token->ca_sha256));
	if (token->has_roots)
		buf_bytes(&raw, token->roots_sha256, sizeof(token->roots_sha256));
	buf_bytes(&raw, token->secret, sizeof(token->secret));
	buf_text(b, PREFIX);
	base64_put(b, bytes, raw.len);
	return buf_check(b);
}

enum err token_decode(struct str text, struct token *out)
{
	*out = (struct token){0};
	uint8_t bytes[BYTES_MAX];
	size_t len = 0;
	text = str_trim(text);
	if (!str_take(&text, STR(PREFIX)) || base64_take(text, bytes, sizeof(bytes), &len))
		return ERR_INVALID;
	struct token t = {0};
	struct view v = view_over(bytes, len);
	uint8_t version = view_be8(&v);
	uint8_t host_len = view_be8(&v);
	view_bytes(&v, t.host, host_len);
	t.port = view_be16(&v);
	view_bytes(&v, t.ca_sha256, sizeof(t.ca_sha256));
	t.has_roots = version == VERSION_ROOTS;
	if (t.has_roots)
		view_bytes(&v, t.roots_sha256, sizeof(t.roots_sha256));
	view_bytes(&v, t.secret, sizeof(t.secret));
	if (view_done(&v) || (version != VERSION_BARE && version != VERSION_ROOTS) || !host_valid(t.host, host_len) ||
	    t.port == 0)
		return ERR_INVALID;
	*out = t;
	return ERR_OK;
}

bool token_is_card(const struct token *token)
{
	static const uint8_t none[TOKEN_SECRET];

	return memcmp(token->secret, none, sizeof(none)) == 0;
}
