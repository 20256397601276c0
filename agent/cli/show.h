/* SPDX-License-Identifier: Apache-2.0 */
/* Rows (base/rows.h) for people and for programs. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdio.h>

/* One row's fields as a JSON object. Fields that do not parse are left out. */
void show_object(struct buf *b, struct str fields);

/* All rows of that type as a JSON array of objects. */
void show_array(struct buf *b, struct str rows, const char *type);

/* All rows of that type as an aligned table with a head of field names; `none` when there are none. */
void show_table(FILE *out, struct str rows, const char *type, const char *none);

/* One row's fields, a line each. */
void show_fields(FILE *out, struct str fields);

/* The fields of the first row of that type; data NULL when there is none. */
struct str show_find(struct str rows, const char *type);

/* A field's text value, unescaped for showing, into out; empty when absent. */
void show_field(struct str fields, const char *name, char *out, size_t size);
