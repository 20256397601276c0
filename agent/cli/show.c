/* SPDX-License-Identifier: Apache-2.0 */
/* Renders the guard's rows: one walk over the fields serves JSON, tables and lists. */
#include "agent/cli/show.h"

#include "agent/base/clock.h"
#include "agent/base/json.h"
#include "agent/base/rows.h"

#include <ctype.h>
#include <time.h>

#define COLUMNS_MAX 16
#define CELL_MAX 512

/* The next row of a type; *rows becomes what follows it. False at the end. */
static bool next_row(struct str *rows, const char *type, struct str *fields)
{
	while (!str_empty(*rows)) {
		struct str row = str_cut(rows, '\n');

		if (str_equal(rows_type(&row), str_from(type))) {
			*fields = row;
			return true;
		}
	}
	return false;
}

struct str show_find(struct str rows, const char *type)
{
	struct str fields = STR_NONE;

	return next_row(&rows, type, &fields) ? fields : STR_NONE;
}

/* As the service writes times; null for none. */
static void put_time(struct json *j, struct str value)
{
	char text[64];
	struct buf b = buf_over(text, sizeof(text));
	uint64_t wall_us;

	if (str_number(value, INT64_MAX, &wall_us) != ERR_OK || wall_us == 0) {
		json_none(j);
		return;
	}
	clock_put_utc(&b, (int64_t)wall_us);
	json_str(j, buf_str(&b));
}

static void put_value(struct json *j, const struct rows_field *f)
{
	char text[CELL_MAX * 4];
	struct buf b = buf_over(text, sizeof(text));

	if (f->kind == '@') {
		put_time(j, f->value);
		return;
	}
	if (f->kind != '=') {
		json_raw(j, f->value);
		return;
	}
	if (rows_unescape(&b, f->value) != ERR_OK)
		b.len = 0;
	json_str(j, buf_str(&b));
}

void show_object(struct buf *b, struct str fields)
{
	struct json j = json_over(b);
	struct rows_field f;

	json_begin_object(&j);
	while (rows_next(&fields, &f) == ERR_OK) {
		char name[64];

		if (str_copy(f.name, name, sizeof(name)) != ERR_OK)
			continue;
		json_key(&j, name);
		put_value(&j, &f);
	}
	json_end_object(&j);
}

void show_texts(struct buf *b, struct str rows, const char *type)
{
	struct json j = json_over(b);
	struct rows_field f;
	struct str fields;

	json_begin_array(&j);
	while (next_row(&rows, type, &fields))
		while (rows_next(&fields, &f) == ERR_OK)
			if (str_equal(f.name, STR("text")))
				put_value(&j, &f);
	json_end_array(&j);
}

void show_array(struct buf *b, struct str rows, const char *type)
{
	struct str fields;
	bool first = true;

	buf_char(b, '[');
	while (next_row(&rows, type, &fields)) {
		buf_text(b, first ? "" : ",\n ");
		show_object(b, fields);
		first = false;
	}
	buf_char(b, ']');
}

/*
 * Write a time as ISO 8601 in the local time zone, with the zone, because the reader may be far from the device:
 * "2026-01-02T03:04:05+01:00". What is no time is shown as it came.
 */
static void show_time(struct str value, char *out, size_t size)
{
	uint64_t wall_us;
	time_t time;
	struct tm tm;

	str_show(value, out, size);
	if (str_number(value, INT64_MAX, &wall_us) != ERR_OK)
		return;
	if (wall_us == 0) {
		snprintf(out, size, "-");
		return;
	}
	time = (time_t)(wall_us / SECOND_US);
	if (!localtime_r(&time, &tm))
		return;
	long zone = tm.tm_gmtoff / 60, far = zone < 0 ? -zone : zone;

	snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		 tm.tm_hour, tm.tm_min, tm.tm_sec, zone < 0 ? '-' : '+', far / 60, far % 60);
}

static void cell(const struct rows_field *f, char *out, size_t size)
{
	char text[CELL_MAX];
	struct buf b = buf_over(text, sizeof(text));

	if (f->kind == '@')
		show_time(f->value, out, size);
	else if (f->kind == '=' && rows_unescape(&b, f->value) == ERR_OK)
		str_show(buf_str(&b), out, size);
	else
		str_show(f->value, out, size);
}

void show_field(struct str fields, const char *name, char *out, size_t size)
{
	struct rows_field f;

	out[0] = '\0';
	while (rows_next(&fields, &f) == ERR_OK)
		if (str_equal(f.name, str_from(name)))
			cell(&f, out, size);
}

static void measure(struct str rows, const char *type, size_t widths[COLUMNS_MAX])
{
	struct str fields;

	while (next_row(&rows, type, &fields)) {
		struct rows_field f;
		char text[CELL_MAX];

		for (int i = 0; i < COLUMNS_MAX && rows_next(&fields, &f) == ERR_OK; i++) {
			cell(&f, text, sizeof(text));
			struct str label = f.name;
			size_t wide = strlen(text) > label.len ? strlen(text) : label.len;

			widths[i] = wide > widths[i] ? wide : widths[i];
		}
	}
}

static void print_head(FILE *out, struct str fields, const size_t widths[COLUMNS_MAX])
{
	struct rows_field f;

	for (int i = 0; i < COLUMNS_MAX && rows_next(&fields, &f) == ERR_OK; i++) {
		struct str label = f.name;

		for (size_t k = 0; k < label.len; k++)
			fputc(toupper((unsigned char)label.data[k]), out);
		fprintf(out, "%*s", (int)(widths[i] - label.len + 2), "");
	}
	fputc('\n', out);
}

void show_table(FILE *out, struct str rows, const char *type, const char *none)
{
	size_t widths[COLUMNS_MAX] = {0};
	struct str fields = show_find(rows, type);

	if (!fields.data) {
		fprintf(out, "%s\n", none);
		return;
	}
	measure(rows, type, widths);
	print_head(out, fields, widths);
	while (next_row(&rows, type, &fields)) {
		struct rows_field f;
		char text[CELL_MAX];

		for (int i = 0; i < COLUMNS_MAX && rows_next(&fields, &f) == ERR_OK; i++) {
			cell(&f, text, sizeof(text));
			fprintf(out, "%-*s", (int)widths[i] + 2, text);
		}
		fputc('\n', out);
	}
}

void show_fields(FILE *out, struct str fields)
{
	struct rows_field f;

	while (rows_next(&fields, &f) == ERR_OK) {
		char text[CELL_MAX], name[64];

		str_show(f.name, name, sizeof(name));
		cell(&f, text, sizeof(text));
		fprintf(out, "%-14s %s\n", name, text);
	}
}
