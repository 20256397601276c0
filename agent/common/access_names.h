/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of web servers' log formats, for access_format.c only. */
#pragma once

#include "agent/common/access_format.h"

/* The syntax of that name; ACCESS_SYNTAXES: there is none. */
uint8_t access_names_syntax(struct str name);

/* The format that the server is shipped with. */
struct str access_names_shipped(enum access_syntax syntax);

/*
 * Take a variable, "$name", "${name}", "%>s" or "%{Name}i", and set the part's field and class. One that is not known
 * is a client's text. False: it has no name.
 */
bool access_names_take(enum access_syntax syntax, struct str *text, struct access_part *part);

/* The field that a word of the json syntax names ("src"); ACCESS_OTHER: none. */
uint8_t access_names_field(struct str word);
