/* SPDX-License-Identifier: Apache-2.0 */
/* Reads addresses in the two forms that the kernel's lists have. Judges no service. */
#include "agent/actor/audit/audit_public.h"

#include "agent/base/hex.h"

#include <string.h>

bool audit_public_is(const struct addr *a)
{
	static const struct addr inner[] = {
		{4, 8, {10}}, {4, 12, {172, 16}}, {4, 16, {192, 168}}, {4, 16, {169, 254}}, {4, 10, {100, 64}},
	};
	static const struct addr global = {6, 3, {0x20}};

	if (a->family == 6)
		return addr_contains(&global, a);
	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		if (addr_contains(&inner[i], a))
			return false;
	return a->family == 4 && !addr_is_special(a);
}

bool audit_public_parse(struct str hex, struct addr *out)
{
	uint32_t words[4] = {0};

	if (hex.len != 8 && hex.len != 32)
		return false;
	for (size_t i = 0; i < hex.len; i++) {
		int digit = hex_digit(hex.data[i]);

		if (digit < 0)
			return false;
		words[i / 8] = words[i / 8] << 4 | (uint32_t)digit;
	}
	*out = addr_from_bytes(hex.len == 8 ? 4 : 6, words);
	return true;
}

/* A line "|-- ADDRESS" has its kinds behind it, of which "/32 host LOCAL" says that the address is the device's own. */
static void read_four(struct str text, struct addr *out)
{
	struct addr at = {0};

	while (!str_empty(text) && out->family == 0) {
		struct str line = str_trim(str_cut(&text, '\n'));

		if (str_take(&line, STR("|-- "))) {
			if (addr_parse(line, &at) != ERR_OK)
				at.family = 0;
		} else if (str_equal(line, STR("/32 host LOCAL")) && audit_public_is(&at)) {
			*out = at;
		}
	}
}

/* "ADDRESS number bits scope flags name", the address in 32 digits of network order. */
static void read_six(struct str text, struct addr *out)
{
	uint8_t bytes[16];

	while (!str_empty(text) && out->family == 0) {
		struct str line = str_cut(&text, '\n'), hex = str_cut(&line, ' ');

		if (hex.len != 2 * sizeof(bytes) || !hex_read(hex, bytes, sizeof(bytes)))
			continue;
		struct addr at = addr_from_bytes(6, bytes);

		if (audit_public_is(&at))
			*out = at;
	}
}

void audit_public_read(struct audit *a, char *memory, struct audit_public *out)
{
	struct str text;

	*out = (struct audit_public){.four = {0}};
	if (audit_read(a, "proc/self/net/fib_trie", memory, &text))
		read_four(text, &out->four);
	if (audit_read(a, "proc/self/net/if_inet6", memory, &text))
		read_six(text, &out->six);
}
