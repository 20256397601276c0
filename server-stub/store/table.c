/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the kinds of store. */
#include "server-stub/store/table.h"

#include <string.h>

static const struct store_kind *const kinds[] = {
	&sqlite_kind,
	&memory_kind,
};

const struct store_kind *store_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}
