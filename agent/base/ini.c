/* SPDX-License-Identifier: Apache-2.0 */
/* The INI reader: takes the text of a file and calls the handler for each key. Which keys exist, the handler knows. */
#include "agent/base/ini.h"

#include "agent/base/buf.h"

#include <stdbool.h>
#include <stdio.h>

struct reader {
	struct str section;
	bool lost; /* the section's name could not be read */
	const struct ini_hearer *hearer;
	struct ini_error *error;
};

static enum err wrong(struct ini_error *error, enum err err, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	return err;
}

static enum err read_section(struct reader *r, struct str line)
{
	r->lost = line.len < 3 || line.data[line.len - 1] != ']';
	if (r->lost)
		return wrong(r->error, ERR_INVALID, "a section is written [name]");
	r->section = str_trim(str_sub(line, 1, line.len - 2));
	return ERR_OK;
}

static enum err read_key(struct reader *r, struct str line)
{
	struct str value = line;
	struct str key = str_trim(str_cut(&value, '='));

	if (r->lost)
		return ERR_OK;
	if (value.data == line.data + line.len && !str_ends(line, STR("=")))
		return wrong(r->error, ERR_INVALID, "the line is neither [section] nor key = value");
	if (str_empty(key))
		return wrong(r->error, ERR_INVALID, "the line has no key before '='");
	if (str_empty(r->section))
		return wrong(r->error, ERR_INVALID, "a key must stand in a [section]");
	return r->hearer->key(r->hearer->context, r->section, key, str_trim(value), r->error);
}

static enum err read_line(struct reader *r, struct str line)
{
	line = str_trim(line);
	if (str_empty(line) || line.data[0] == '#' || line.data[0] == ';')
		return ERR_OK;
	return line.data[0] == '[' ? read_section(r, line) : read_key(r, line);
}

/* Take the next line with those that continue it, as one text in `joined`. Adds their count to *number. */
static enum err next_line(struct str *text, char joined[INI_LINE_MAX], struct str *line, unsigned *number)
{
	struct buf b = buf_over(joined, INI_LINE_MAX);
	bool more = true;

	while (more && !str_empty(*text)) {
		struct str part = str_cut(text, '\n');

		++*number;
		(void)str_take_back(&part, STR("\r"));
		more = str_take_back(&part, STR("\\"));
		buf_put(&b, part);
		if (more)
			buf_char(&b, ' ');
	}
	*line = buf_str(&b);
	return buf_check(&b);
}

/* The section's name lies in `joined`, which the next line overwrites. */
static void keep_section(struct reader *r, const char joined[INI_LINE_MAX], char kept[INI_LINE_MAX])
{
	if (r->section.len == 0 || r->section.data < joined || r->section.data >= joined + INI_LINE_MAX)
		return;
	memcpy(kept, r->section.data, r->section.len);
	r->section.data = kept;
}

/* Read the text's next line, and those that continue it. */
static enum err read_next(struct reader *r, struct str *text, unsigned *number, char kept[INI_LINE_MAX])
{
	char joined[INI_LINE_MAX];
	struct str line;
	enum err err;

	r->error->line = *number + 1;
	if (next_line(text, joined, &line, number) != ERR_OK)
		return wrong(r->error, ERR_TOO_LONG, "the line is longer than 4096 bytes");
	if (str_find_byte(line, '\0') != SIZE_MAX)
		return wrong(r->error, ERR_INVALID, "the line holds a NUL byte");
	err = read_line(r, line);
	keep_section(r, joined, kept);
	return err;
}

enum err ini_read_all(struct str text, const struct ini_hearer *hearer, struct ini_error *error)
{
	struct ini_error now = {0};
	struct reader r = {.hearer = hearer, .error = &now};
	char section[INI_LINE_MAX];
	unsigned number = 0;
	enum err err, first = ERR_OK;

	*error = now;
	if (text.len > INI_BYTES_MAX) {
		first = wrong(error, ERR_TOO_LONG, "the file is larger than 64 KiB");
		if (hearer->mistake)
			hearer->mistake(hearer->context, error);
		return first;
	}
	while (!str_empty(text) && (first == ERR_OK || hearer->mistake)) {
		err = read_next(&r, &text, &number, section);
		if (first == ERR_OK) {
			first = err;
			*error = now;
		}
		if (err != ERR_OK && hearer->mistake)
			hearer->mistake(hearer->context, &now);
	}
	return first;
}

enum err ini_read(struct str text, ini_handler handler, void *context, struct ini_error *error)
{
	return ini_read_all(text, &(struct ini_hearer){.key = handler, .context = context}, error);
}
