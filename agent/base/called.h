/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are one file under several names, links to it. */
#pragma once

#include <stddef.h>

struct called {
	const char *name; /* the file's name, without a folder */
	int (*run)(int argc, char **argv);
};

/*
 * The row by whose name a program was called: `path` is its first argument, a name or a path that ends with one. NULL
 * where no row has the name, or where `path` is NULL. The rows end with one that has no name.
 */
const struct called *called_find(const struct called *rows, const char *path);
