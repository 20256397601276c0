/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints tables: a head, and columns as wide as their widest cell with two spaces between. Control characters in cells,
 * and characters that change the direction of text, become '?'. On a terminal the heads are bold unless NO_COLOR is
 * set.
 */
#pragma once

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRID_COLUMNS_MAX 10
#define GRID_CELL_MAX 512
#define GRID_SPAN_MAX 32

struct grid;

/* A new table; NULL ends the heads, which must stay valid. */
struct grid *grid_new(const char *const *heads);
void grid_cell(struct grid *g, const char *text);  /* NULL: "-"; cells fill rows from the left */
void grid_print(struct grid *g, const char *none); /* prints and frees; `none` on stderr when there are no rows */

/* Write a member of an answer as text; "" when it is null or absent, "yes" or "no" for a boolean. Returns `out`. */
const char *grid_text(json_t *object, const char *key, char out[GRID_CELL_MAX]);

/* Write a time as 90s, 15m, 24h or 7d, in the largest unit of which there are two. Returns `out`. */
const char *grid_span(int64_t seconds, char out[GRID_SPAN_MAX]);

/* Write a time relative to now, as "3m ago" or "in 12d"; "" for null. Returns `out`. */
const char *grid_ago(json_t *object, const char *key, char out[GRID_CELL_MAX]);

/* Append that text as a cell. */
void grid_put(struct grid *g, json_t *object, const char *key);

/* Append an id as a cell. The column shows the first digits, or whole ids where two in it begin with the same ones. */
void grid_put_id(struct grid *g, json_t *object, const char *key);

/* Append a time as a cell: as "2026-01-02 03:04:05" in the local time zone, or relative to now as "3m ago" or "in 12d".
 * "never" for null. */
void grid_put_time(struct grid *g, json_t *object, const char *key);
void grid_put_ago(struct grid *g, json_t *object, const char *key);

/* Print a line with a label and a value; nothing for an empty value. */
void grid_line(const char *label, const char *value);
void grid_line_key(const char *label, json_t *object, const char *key);
void grid_line_time(const char *label, json_t *object, const char *key);

/* Replace control characters, and those that change the direction of text, by '?', in place. */
void grid_clean(char *text);

/* Print an answer as JSON for programs. */
void grid_json(json_t *answer);
