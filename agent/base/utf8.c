/* SPDX-License-Identifier: Apache-2.0 */
/* Tells well-formed UTF-8 from other bytes, for what writes text that others chose. */
#include "agent/base/utf8.h"

size_t utf8_len(struct str s)
{
	if (str_empty(s))
		return 0;
	const unsigned char *p = (const unsigned char *)s.data;
	size_t need = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (need == 0 || need > s.len)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return need;
}
