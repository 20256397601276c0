/* SPDX-License-Identifier: Apache-2.0 */
/* Between jansson and what this folder wants to know of an object. Judges nothing. */
#include "server-stub/sso/claims.h"

#include <string.h>

#define TIME_MAX 253402300799 /* the end of the year 9999 */

json_t *claims_read(struct str text)
{
	json_error_t error;
	json_t *object;

	if (text.len > CLAIMS_BYTES_MAX)
		return NULL;
	object = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(object))
		return object;
	json_decref(object);
	return NULL;
}

enum err claims_text(const json_t *claims, const char *name, char *out, size_t cap)
{
	const json_t *member = json_object_get(claims, name);
	const char *text = json_string_value(member);

	out[0] = '\0';
	if (!member)
		return ERR_NOT_FOUND;
	if (!text || !text[0])
		return ERR_INVALID;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return ERR_INVALID;
	return str_copy(str_from(text), out, cap);
}

enum err claims_time(const json_t *claims, const char *name, int64_t *out)
{
	const json_t *member = json_object_get(claims, name);

	if (!member)
		return ERR_NOT_FOUND;
	if (json_is_integer(member)) {
		*out = json_integer_value(member);
		return *out >= 0 && *out <= TIME_MAX ? ERR_OK : ERR_INVALID;
	}
	/* Also false for what is not a number. */
	if (!json_is_real(member) || !(json_real_value(member) >= 0 && json_real_value(member) <= (double)TIME_MAX))
		return ERR_INVALID;
	*out = (int64_t)json_real_value(member);
	return ERR_OK;
}

static bool is_text(const json_t *value, struct str wanted)
{
	return json_is_string(value) && str_equal(str_from(json_string_value(value)), wanted);
}

bool claims_has(const json_t *claims, const char *name, struct str wanted)
{
	const json_t *member = json_object_get(claims, name);
	bool found = is_text(member, wanted);

	for (size_t i = 0; !found && i < json_array_size(member); i++)
		found = is_text(json_array_get(member, i), wanted);
	return found;
}
