/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people: columns as wide as their widest cell, a head, two spaces between. What came from outside is made
 * harmless first: control characters, and those that turn the direction of text, become '?'. Bold heads on a terminal
 * that wants them (NO_COLOR unset).
 */
#pragma once

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRID_COLUMNS_MAX 10
#define GRID_CELL_MAX 512

struct grid;

/* Heads end with NULL. */
struct grid *grid_new(const char *const *heads);
void grid_cell(struct grid *g, const char *text);  /* NULL: "-"; cells fill rows from the left */
void grid_print(struct grid *g, const char *none); /* prints and frees; `none` on stderr when there are no rows */

/* A value of an answer as text: "" for null or absent; numbers and booleans ("yes", "no") too. */
const char *grid_text(json_t *object, const char *key, char out[GRID_CELL_MAX]);
void grid_put(struct grid *g, json_t *object, const char *key);

/* The first digits of an id. */
void grid_put_id(struct grid *g, json_t *object, const char *key);

/* A time as "2026-01-02 03:04:05" here, or how long ago or ahead: "3m ago", "in 12d"; "never" for null. */
void grid_put_time(struct grid *g, json_t *object, const char *key);
void grid_put_ago(struct grid *g, json_t *object, const char *key);

/* "key:   value" lines; nothing for an empty value. */
void grid_line(const char *label, const char *value);
void grid_line_key(const char *label, json_t *object, const char *key);
void grid_line_time(const char *label, json_t *object, const char *key);

/* Make text from outside harmless, in place. */
void grid_clean(char *text);

/* Print an answer as JSON for programs. */
void grid_json(json_t *answer);
