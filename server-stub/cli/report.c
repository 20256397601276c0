/* SPDX-License-Identifier: Apache-2.0 */
/* Prints reports, whatever their sections. */
#include "server-stub/cli/report.h"

#include "server-stub/cli/grid.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(json_t *value, char out[GRID_CELL_MAX])
{
	if (json_is_integer(value))
		snprintf(out, GRID_CELL_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		snprintf(out, GRID_CELL_MAX, "%s", json_is_string(value) ? json_string_value(value) : "");
	grid_clean(out);
	return out;
}

static const char *title_of(json_t *object, char out[GRID_CELL_MAX])
{
	return text_of(json_object_get(object, "title"), out);
}

/* -- text -- */

static void as_text(json_t *report)
{
	const char *heads[GRID_COLUMNS_MAX + 1] = {NULL};
	char text[GRID_CELL_MAX];
	json_t *section, *row, *cell;
	size_t i, k, n;

	printf("%s\n", title_of(report, text));
	json_array_foreach(json_object_get(report, "sections"), i, section)
	{
		json_t *columns = json_object_get(section, "columns");

		for (n = 0; n < json_array_size(columns) && n < GRID_COLUMNS_MAX; n++)
			heads[n] = json_string_value(json_array_get(columns, n));
		heads[n] = NULL;
		struct grid *g = grid_new(heads);

		printf("\n%s\n\n", title_of(section, text));
		json_array_foreach(json_object_get(section, "rows"), k, row)
		{
			json_array_foreach(row, n, cell) grid_cell(g, text_of(cell, text));
		}
		if (json_array_size(json_object_get(section, "rows")) == 0)
			printf("none\n");
		grid_print(g, "");
	}
}

/* -- CSV -- */

/* A spreadsheet takes what begins with one of these for a formula. */
static void put_csv(json_t *value, bool last)
{
	char text[GRID_CELL_MAX];

	text_of(value, text);
	putchar('"');
	if (json_is_string(value) && text[0] && strchr("=+-@", text[0]))
		putchar('\'');
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			putchar('"');
		putchar(*c);
	}
	fputs(last ? "\"\r\n" : "\",", stdout);
}

static void as_csv(json_t *report)
{
	json_t *section, *row, *cell;
	size_t i, k, n;

	json_array_foreach(json_object_get(report, "sections"), i, section)
	{
		json_t *title = json_object_get(section, "title"), *columns = json_object_get(section, "columns");

		put_csv(title, false);
		json_array_foreach(columns, n, cell) put_csv(cell, n + 1 == json_array_size(columns));
		json_array_foreach(json_object_get(section, "rows"), k, row)
		{
			put_csv(title, false);
			json_array_foreach(row, n, cell) put_csv(cell, n + 1 == json_array_size(row));
		}
	}
}

/* -- HTML -- */

static void put_html(const char *before, json_t *value, const char *behind)
{
	char text[GRID_CELL_MAX];

	fputs(before, stdout);
	for (const char *c = text_of(value, text); *c; c++) {
		switch (*c) {
		case '<': fputs("&lt;", stdout); break;
		case '>': fputs("&gt;", stdout); break;
		case '&': fputs("&amp;", stdout); break;
		case '"': fputs("&quot;", stdout); break;
		default: putchar(*c); break;
		}
	}
	fputs(behind, stdout);
}

static void as_html(json_t *report)
{
	json_t *section, *row, *cell;
	size_t i, k, n;

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<style>body{font-family:sans-serif}"
	      "table{border-collapse:collapse}td,th{padding:.2em 1em;text-align:left;border-bottom:1px solid #ccc}"
	      "</style>\n",
	      stdout);
	put_html("<title>", json_object_get(report, "title"), "</title></head><body>\n");
	put_html("<h1>", json_object_get(report, "title"), "</h1>\n");
	json_array_foreach(json_object_get(report, "sections"), i, section)
	{
		put_html("<h2>", json_object_get(section, "title"), "</h2>\n<table><tr>");
		json_array_foreach(json_object_get(section, "columns"), n, cell) put_html("<th>", cell, "</th>");
		fputs("</tr>\n", stdout);
		json_array_foreach(json_object_get(section, "rows"), k, row)
		{
			fputs("<tr>", stdout);
			json_array_foreach(row, n, cell) put_html("<td>", cell, "</td>");
			fputs("</tr>\n", stdout);
		}
		fputs("</table>\n", stdout);
	}
	fputs("</body></html>\n", stdout);
}

static const struct {
	const char *name;
	void (*print)(json_t *report);
} forms[] = {
	{"text", as_text},
	{"csv", as_csv},
	{"html", as_html},
	{"json", grid_json},
};

bool report_form(const char *form)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, form) == 0)
			return true;
	return false;
}

bool report_print(json_t *report, const char *form)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, form) == 0) {
			forms[i].print(report);
			return true;
		}
	return false;
}
