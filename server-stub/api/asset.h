/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of the console, as they are in the program: what server-stub/console/dist has, each compressed by gzip
 * (RFC 1952) when the program was built. Names are flat: letters, digits, '.', '_' and '-', and no dot at the
 * beginning. Those but index.html carry the hash of what is in them, so a name never means other bytes. Pure.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>

#define ASSET_NAME_MAX 64
#define ASSET_INDEX "index.html"

struct asset {
	const char *name;
	const unsigned char *bytes; /* compressed */
	unsigned len;
};

/* The rows; one whose name is NULL ends them. ports/host/embed.mk makes them. */
extern const struct asset asset_table[];

/* The row of that name; NULL: there is none. */
const struct asset *asset_find(struct str name);

/* Whether a file of that name may be served: it is flat, at most ASSET_NAME_MAX bytes, and its type is known. */
bool asset_name_good(struct str name);

/* What Content-Type says of a file of that name, by its ending; NULL: no file of the console ends so. */
const char *asset_type(struct str name);
