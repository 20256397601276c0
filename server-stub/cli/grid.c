/* SPDX-License-Identifier: Apache-2.0 */
/* Collects cells, measures them, prints them. */
#include "server-stub/cli/grid.h"

#include "agent/base/clock.h"
#include "agent/base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ID_DIGITS 12

struct grid {
	unsigned columns;
	const char *const *heads;
	size_t widths[GRID_COLUMNS_MAX];
	bool is_id[GRID_COLUMNS_MAX];
	char **cells;
	size_t count, cap;
};

/* Code points, which is close enough to columns for names and addresses. */
static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* Length of the sequence at p when its code point may do harm on a terminal; 0 when not. */
static size_t harmful(const unsigned char *p)
{
	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* C1 controls */
		return 2;
	if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x8b && p[2] <= 0x8f) /* zero width, direction marks */
		return 3;
	if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) /* line ends, embeddings, overrides */
		return 3;
	return p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf ? 3 : 0; /* isolates */
}

void grid_clean(char *text)
{
	char *out = text;

	for (const char *in = text; *in;) {
		size_t bad = harmful((const unsigned char *)in);

		if (bad) {
			*out++ = '?';
			in += bad;
		} else {
			*out++ = *in++;
		}
	}
	*out = 0;
}

struct grid *grid_new(const char *const *heads)
{
	struct grid *g = calloc(1, sizeof(*g));

	if (!g)
		abort();
	g->heads = heads;
	for (; heads[g->columns] && g->columns < GRID_COLUMNS_MAX; g->columns++)
		g->widths[g->columns] = width_of(heads[g->columns]);
	return g;
}

void grid_cell(struct grid *g, const char *text)
{
	char *copy = strndup(text && text[0] ? text : "-", GRID_CELL_MAX);

	if (g->count == g->cap) {
		g->cap = g->cap ? g->cap * 2 : 256;
		g->cells = realloc(g->cells, g->cap * sizeof(g->cells[0]));
	}
	if (!copy || !g->cells)
		abort();
	grid_clean(copy);
	g->cells[g->count++] = copy;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Shorten the ids of a column to their first digits, unless two of them differ only behind those. */
static void shorten(struct grid *g, unsigned column)
{
	size_t rows = g->count / g->columns;
	char **sorted = calloc(rows + 1, sizeof(sorted[0]));
	bool differ = true;

	if (!sorted)
		abort();
	for (size_t i = 0; i < rows; i++)
		sorted[i] = g->cells[i * g->columns + column];
	qsort(sorted, rows, sizeof(sorted[0]), compare);
	for (size_t i = 1; i < rows && differ; i++)
		differ = strcmp(sorted[i - 1], sorted[i]) == 0 || strncmp(sorted[i - 1], sorted[i], ID_DIGITS) != 0;
	for (size_t i = 0; i < rows && differ; i++)
		if (strlen(sorted[i]) > ID_DIGITS)
			sorted[i][ID_DIGITS] = 0;
	free(sorted);
}

static void measure(struct grid *g)
{
	for (unsigned c = 0; c < g->columns; c++)
		if (g->is_id[c])
			shorten(g, c);
	for (size_t i = 0; i < g->count; i++) {
		size_t width = width_of(g->cells[i]);

		if (width > g->widths[i % g->columns])
			g->widths[i % g->columns] = width;
	}
}

static void put_padded(const char *text, size_t width, bool last)
{
	size_t have = width_of(text);

	fputs(text, stdout);
	if (last)
		putchar('\n');
	else
		printf("%*s", (int)(width - have + 2), "");
}

static bool wants_bold(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && no[0]) && term && strcmp(term, "dumb") != 0;
}

void grid_print(struct grid *g, const char *none)
{
	bool bold = wants_bold();

	measure(g);
	if (!g->count)
		fprintf(stderr, "%s\n", none);
	if (g->count && bold)
		fputs("\033[1m", stdout);
	for (unsigned c = 0; g->count && c < g->columns; c++)
		put_padded(g->heads[c], g->widths[c], c + 1 == g->columns);
	if (g->count && bold)
		fputs("\033[0m", stdout);
	for (size_t i = 0; i < g->count; i++) {
		put_padded(g->cells[i], g->widths[i % g->columns], (i + 1) % g->columns == 0);
		free(g->cells[i]);
	}
	free(g->cells);
	free(g);
}

const char *grid_text(json_t *object, const char *key, char out[GRID_CELL_MAX])
{
	json_t *value = json_object_get(object, key);

	out[0] = 0;
	if (json_is_string(value))
		snprintf(out, GRID_CELL_MAX, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(out, GRID_CELL_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		snprintf(out, GRID_CELL_MAX, "%s", json_is_true(value) ? "yes" : "no");
	grid_clean(out);
	return out;
}

void grid_put(struct grid *g, json_t *object, const char *key)
{
	char text[GRID_CELL_MAX];

	grid_cell(g, grid_text(object, key, text));
}

void grid_put_id(struct grid *g, json_t *object, const char *key)
{
	g->is_id[g->count % g->columns] = true;
	grid_put(g, object, key);
}

/* RFC 3339 in UTC, as the API writes it. */
static bool parse_time(json_t *object, const char *key, time_t *out)
{
	const char *text = json_string_value(json_object_get(object, key));
	struct tm tm = {0};

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
		return false;
	*out = timegm(&tm);
	return true;
}

static const char *local_time(json_t *object, const char *key, char out[GRID_CELL_MAX])
{
	struct tm tm;
	time_t t;

	out[0] = 0;
	if (parse_time(object, key, &t) && localtime_r(&t, &tm))
		strftime(out, GRID_CELL_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	return out;
}

void grid_put_time(struct grid *g, json_t *object, const char *key)
{
	char text[GRID_CELL_MAX];

	grid_cell(g, local_time(object, key, text));
}

const char *grid_span(int64_t seconds, char out[GRID_SPAN_MAX])
{
	if (seconds < 120)
		snprintf(out, GRID_SPAN_MAX, "%" PRId64 "s", seconds);
	else if (seconds < 7200)
		snprintf(out, GRID_SPAN_MAX, "%" PRId64 "m", seconds / 60);
	else if (seconds < 48 * 3600)
		snprintf(out, GRID_SPAN_MAX, "%" PRId64 "h", seconds / 3600);
	else
		snprintf(out, GRID_SPAN_MAX, "%" PRId64 "d", seconds / 86400);
	return out;
}

const char *grid_ago(json_t *object, const char *key, char out[GRID_CELL_MAX])
{
	char length[GRID_SPAN_MAX];
	time_t t;

	out[0] = 0;
	if (!parse_time(object, key, &t))
		return out;
	int64_t ago = clock_wall_s() - t;

	(void)grid_span(ago < 0 ? -ago : ago, length);
	snprintf(out, GRID_CELL_MAX, ago < 0 ? "in %s" : "%s ago", length);
	return out;
}

void grid_put_ago(struct grid *g, json_t *object, const char *key)
{
	char text[GRID_CELL_MAX];

	grid_cell(g, grid_ago(object, key, text)[0] ? text : "never");
}

void grid_line(const char *label, const char *value)
{
	if (value && value[0])
		printf("%-14s %s\n", label, value);
}

void grid_line_key(const char *label, json_t *object, const char *key)
{
	char text[GRID_CELL_MAX];

	grid_line(label, grid_text(object, key, text));
}

void grid_line_time(const char *label, json_t *object, const char *key)
{
	char text[GRID_CELL_MAX];

	grid_line(label, local_time(object, key, text));
}

void grid_json(json_t *answer)
{
	if (!answer)
		return;
	json_dumpf(answer, stdout, isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT);
	putchar('\n');
}
