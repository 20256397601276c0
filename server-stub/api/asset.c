/* SPDX-License-Identifier: Apache-2.0 */
/* Looks up the console's files by name. Never opens one. Pure. */
#include "server-stub/api/asset.h"

#include <stddef.h>

const struct asset *asset_find(struct str name)
{
	for (const struct asset *a = asset_table; a->name; a++)
		if (str_equal(name, str_from(a->name)))
			return a;
	return NULL;
}

static bool is_flat(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		      c == '-' || c == '.'))
			return false;
	}
	return name.len && name.len <= ASSET_NAME_MAX && name.data[0] != '.';
}

bool asset_name_good(struct str name)
{
	return is_flat(name) && asset_type(name);
}

const char *asset_type(struct str name)
{
	static const struct {
		const char *end, *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},   {".svg", "image/svg+xml"},
		{".txt", "text/plain; charset=utf-8"},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_ends(name, str_from(types[i].end)))
			return types[i].type;
	return NULL;
}
