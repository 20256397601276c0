/* SPDX-License-Identifier: Apache-2.0 */
/* Reads ids and compares their first digits. Pure. */
#include "server-stub/api/ids.h"

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

bool ids_match(const struct ids_prefix *p, const uint8_t id[STORE_ID])
{
	if (memcmp(p->bytes, id, p->digits / 2) != 0)
		return false;
	return p->digits % 2 == 0 || (id[p->digits / 2] & 0xf0) == p->bytes[p->digits / 2];
}
