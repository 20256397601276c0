/* SPDX-License-Identifier: Apache-2.0 */
/* Searches and cuts strings and reads numbers from them. Pure; never allocates. */
#include "agent/base/str.h"

#include "agent/base/require.h"

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_equal_fold(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold(a.data[i]) != fold(b.data[i]))
			return false;
	return true;
}

size_t str_find(struct str s, struct str needle)
{
	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return SIZE_MAX;
	const char *hit = memmem(s.data, s.len, needle.data, needle.len);

	return hit ? (size_t)(hit - s.data) : SIZE_MAX;
}

size_t str_find_back(struct str s, struct str needle)
{
	if (s.len < needle.len)
		return SIZE_MAX;
	for (size_t i = s.len - needle.len + 1; i-- > 0;)
		if ((needle.len == 0 || s.data[i] == needle.data[0]) &&
		    memcmp(s.data + i, needle.data, needle.len) == 0)
			return i;
	return SIZE_MAX;
}

size_t str_find_byte(struct str s, char c)
{
	const char *hit = s.len ? memchr(s.data, c, s.len) : NULL;

	return hit ? (size_t)(hit - s.data) : SIZE_MAX;
}

struct str str_cut(struct str *s, char c)
{
	size_t at = str_find_byte(*s, c);
	struct str head = *s;

	if (at == SIZE_MAX) {
		if (s->len) /* C does not allow to add even 0 to a NULL pointer */
			s->data += s->len;
		s->len = 0;
		return head;
	}
	head.len = at;
	s->data += at + 1;
	s->len -= at + 1;
	return head;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len && is_blank(s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

enum err str_number(struct str s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0)
		return ERR_INVALID;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(unsigned char)s.data[i] - '0';

		if (digit > 9)
			return ERR_INVALID;
		if (value > (UINT64_MAX - digit) / 10)
			return ERR_TOO_LONG;
		value = value * 10 + digit;
	}
	if (value > max)
		return ERR_TOO_LONG;
	*out = value;
	return ERR_OK;
}

enum err str_copy(struct str s, char *target, size_t size)
{
	require(size > 0);
	size_t fits = s.len < size ? s.len : size - 1;

	if (fits)
		memcpy(target, s.data, fits);
	target[fits] = '\0';
	if (fits && memchr(target, '\0', fits))
		return ERR_INVALID;
	return fits == s.len ? ERR_OK : ERR_TOO_LONG;
}

void str_show(struct str s, char *target, size_t size)
{
	require(size > 0);
	size_t fits = s.len < size ? s.len : size - 1;

	for (size_t i = 0; i < fits; i++) {
		unsigned char c = (unsigned char)s.data[i];

		target[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	target[fits] = '\0';
}
