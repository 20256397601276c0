/* SPDX-License-Identifier: Apache-2.0 */
/* Prints rows (base/rows.h) as tables, lines or JSON. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdio.h>

/* Append one row's fields as a JSON object. Fields that do not parse are left out. */
void show_object(struct buf *b, struct str fields);

/* Append all rows of that type as a JSON array of objects. */
void show_array(struct buf *b, struct str rows, const char *type);

/* Print all rows of that type as a table with a head of field names, or `none` when there are none. */
void show_table(FILE *out, struct str rows, const char *type, const char *none);

/* Print one row's fields, each on a line. */
void show_fields(FILE *out, struct str fields);

/* The fields of the first row of that type; data NULL when there is none. */
struct str show_find(struct str rows, const char *type);

/* Write a field's text, unescaped, to `out`; "" when it is absent. */
void show_field(struct str fields, const char *name, char *out, size_t size);
