/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints rows (base/rows.h) as tables, lines or JSON. JSON has a time as the service writes it, RFC 3339 in UTC, or
 * null; tables and lines, which are for people, have it in the local time zone (TZ, tzset(3)). No byte of a row reaches
 * a terminal as control character.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/str.h"

#include <stdio.h>

/* Append one row's fields as a JSON object, up to the first one that does not parse. When b is full, buf_check() says
 * so. */
void show_object(struct buf *b, struct str fields);

/* Append all rows of that type as a JSON array of objects. */
void show_array(struct buf *b, struct str rows, const char *type);

/* Append the field "text" of all rows of that type as a JSON array of texts. */
void show_texts(struct buf *b, struct str rows, const char *type);

/* Print all rows of that type as a table with a head of field names, at most 16 columns. Without rows, print `none`. */
void show_table(FILE *out, struct str rows, const char *type, const char *none);

/* Print one row's fields, each on a line. */
void show_fields(FILE *out, struct str fields);

/* The fields of the first row of that type; data NULL when there is none. */
struct str show_find(struct str rows, const char *type);

/* Write a field's text, unescaped, to `out`; "" when it is absent. */
void show_field(struct str fields, const char *name, char *out, size_t size);
