/* SPDX-License-Identifier: Apache-2.0 */
/* One row per type of text among the arguments; see verb_text.h. */
#include "proto/verb_text.h"

#include "proto/verb.h"

#include <string.h>

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What shadow(5) tools create, and nothing that means something in a path, a passwd line or a log. */
static bool is_account(const char *account, size_t len)
{
	if (len == 0 || account[0] == '-' || account[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = account[i];

		if (!is_letter_or_digit(c) && c != '_' && c != '-' && c != '.' && (c != '$' || i != len - 1))
			return false;
	}
	return true;
}

/* One spelling of one file, which says the same in a log and in a shell. */
static bool is_path(const char *path, size_t len)
{
	size_t part = 0;

	if (len < 2 || path[0] != '/')
		return false;
	for (size_t i = 1; i <= len; i++) {
		unsigned char c = (unsigned char)path[i];

		if (i < len && (c < ' ' || c == 0x7f))
			return false;
		if (i < len && c != '/') {
			part++;
			continue;
		}
		if (part == 0 || (part == 1 && path[i - 1] == '.') ||
		    (part == 2 && path[i - 1] == '.' && path[i - 2] == '.'))
			return false;
		part = 0;
	}
	return true;
}

/* What names of services and of hooks are made of; none is an option, a hidden file or a part of a path. */
static bool is_name(const char *name, size_t len)
{
	if (len == 0 || !is_letter_or_digit(name[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_letter_or_digit(name[i]) && strchr("_-.@", name[i]) == NULL)
			return false;
	return true;
}

/*
 * What crypt(5) writes, which neither ends a field of shadow(5) nor locks an account; or that there was one. Whether it
 * is good enough, the device says (agent/common/password.h).
 */
static bool is_hash(const char *hash, size_t len)
{
	if (strcmp(hash, VERB_TEXT_VEILED) == 0)
		return true;
	if (len < 4 || hash[0] != '$')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_letter_or_digit(hash[i]) && strchr("./$=,", hash[i]) == NULL)
			return false;
	return true;
}

static const struct text_row {
	size_t size;
	bool (*fits)(const char *text, size_t len);
	const char *too_long, *rule;
} rows[] = {
	[VERB_TYPE_ACCOUNT] = {VERB_ACCOUNT_MAX, is_account, "is longer than an account's name may be",
			       "is not an account's name: letters, digits and '_', after the first also '-' and '.'"},
	[VERB_TYPE_PATH] = {VERB_PATH_MAX, is_path, "is longer than the 191 bytes of a path",
			    "is not an absolute one without '.', '..', '//' and control characters"},
	[VERB_TYPE_NAME] = {VERB_NAME_MAX, is_name, "is longer than the 47 bytes of a name",
			    "is not a name: letters and digits, after the first also '_', '-', '.' and '@'"},
	[VERB_TYPE_HASH] = {VERB_HASH_MAX, is_hash, "is longer than the 127 bytes of a hash",
			    "is none of crypt(5): $METHOD$..."},
};

static const struct text_row *row_of(uint8_t type)
{
	static const struct text_row none = {0};

	return type < sizeof(rows) / sizeof(rows[0]) ? &rows[type] : &none;
}

size_t verb_text_size(uint8_t type)
{
	return row_of(type)->size;
}

bool verb_text_valid(uint8_t type, const char *text)
{
	const struct text_row *row = row_of(type);
	size_t len = strnlen(text, row->size);

	return row->fits && len < row->size && row->fits(text, len);
}

const char *verb_text_too_long(uint8_t type)
{
	return row_of(type)->too_long;
}

const char *verb_text_rule(uint8_t type)
{
	return row_of(type)->rule;
}
