/* SPDX-License-Identifier: Apache-2.0 */
/* Finds which of several programs is meant, by the name of the file that was executed. Runs none. */
#include "agent/base/called.h"

#include <string.h>

const struct called *called_find(const struct called *rows, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;

	for (; name && rows->name; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}
