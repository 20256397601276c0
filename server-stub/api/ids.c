/* SPDX-License-Identifier: Apache-2.0 */
/* Reads ids and compares their first digits. Pure. */
#include "server-stub/api/ids.h"

#include "agent/base/buf.h"

#include <string.h>

enum err ids_parse(struct str text, struct ids_prefix *out)
{
	static const char hex[] = "0123456789abcdef0123456789ABCDEF";

	*out = (struct ids_prefix){.digits = 0};
	for (size_t i = 0; i < text.len; i++) {
		const char *digit = memchr(hex, text.data[i], sizeof(hex) - 1);

		if (text.data[i] == '-')
			continue;
		if (!digit || out->digits == STORE_ID * 2)
			return ERR_INVALID;
		out->bytes[out->digits / 2] |= (uint8_t)(((digit - hex) & 15) << (out->digits % 2 ? 0 : 4));
		out->digits++;
	}
	return out->digits < IDS_DIGITS_MIN ? ERR_INVALID : ERR_OK;
}

bool ids_match(const struct ids_prefix *p, const uint8_t *id)
{
	if (memcmp(p->bytes, id, p->digits / 2) != 0)
		return false;
	return p->digits % 2 == 0 || (id[p->digits / 2] & 0xf0) == p->bytes[p->digits / 2];
}

enum err ids_search_begin(struct ids_search *s, struct str text, unsigned bytes)
{
	enum err err;

	*s = (struct ids_search){.bytes = bytes};
	err = ids_parse(text, &s->want);
	return err == ERR_OK && s->want.digits > 2 * bytes ? ERR_INVALID : err;
}

bool ids_search_look(struct ids_search *s, const uint8_t *id)
{
	size_t len = strlen(s->fits);
	struct buf b = buf_over(s->fits + len, sizeof(s->fits) - len - 1);

	if (!ids_match(&s->want, id))
		return false;
	if (s->count++ < IDS_FITS_MAX) {
		buf_text(&b, len ? ", " : "");
		buf_hex(&b, id, s->bytes);
		b.data[b.len] = '\0';
	}
	return true;
}

bool ids_search_goes_on(const struct ids_search *s)
{
	return s->count < IDS_FITS_MAX;
}

enum err ids_search_end(const struct ids_search *s)
{
	if (s->count == 1)
		return ERR_OK;
	return s->count == 0 ? ERR_NOT_FOUND : ERR_EXISTS;
}
