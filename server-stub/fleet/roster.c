/* SPDX-License-Identifier: Apache-2.0 */
/* Reads rosters. What a name means here (whether it is free, say) is not judged by this file. */
#include "server-stub/fleet/roster.h"

#include "server-stub/fleet/label.h"
#include "server-stub/store/store.h"

#include <stdio.h>
#include <string.h>

static const char *const columns[ROSTER_COLUMNS] = {
	[ROSTER_NAME] = "name",	  [ROSTER_GROUP] = "group",   [ROSTER_LABELS] = "labels",
	[ROSTER_TOKEN] = "token", [ROSTER_SERIAL] = "serial", [ROSTER_FACTORY] = "factory",
};

static enum err wrong(char why[ROSTER_WHY_MAX], const char *text)
{
	snprintf(why, ROSTER_WHY_MAX, "%s", text);
	return ERR_INVALID;
}

/* The next line that is not empty. False: there is none. */
static bool take_line(struct roster *r, struct str *line)
{
	while (r->rest.len) {
		*line = str_cut(&r->rest, '\n');
		(void)str_take_back(line, STR("\r"));
		r->line++;
		if (!str_empty(str_trim(*line)))
			return true;
	}
	return false;
}

/* *more: a comma follows, and another value. */
static enum err take_value(struct str *line, struct str *value, bool *more, char why[ROSTER_WHY_MAX])
{
	*line = str_trim(*line);
	if (str_take(line, STR("\""))) {
		size_t end = str_find_byte(*line, '"');

		if (end == SIZE_MAX)
			return wrong(why, "a double quote has no second one on the line");
		*value = str_trim(str_sub(*line, 0, end));
		*line = str_trim(str_sub(*line, end + 1, SIZE_MAX));
		*more = str_take(line, STR(","));
		if (!*more && !str_empty(*line))
			return wrong(why, "behind a value between double quotes stands something else than a comma");
		return ERR_OK;
	}
	*more = str_find_byte(*line, ',') != SIZE_MAX;
	*value = str_trim(str_cut(line, ','));
	return str_find_byte(*value, '"') == SIZE_MAX ? ERR_OK
						      : wrong(why, "a double quote stands in the middle of a value");
}

static enum err add_column(struct roster *r, struct str name, char why[ROSTER_WHY_MAX])
{
	char shown[32];
	unsigned c = 0;

	while (c < ROSTER_COLUMNS && !str_equal_fold(name, str_from(columns[c])))
		c++;
	str_show(name, shown, sizeof(shown));
	if (c == ROSTER_COLUMNS) {
		snprintf(why, ROSTER_WHY_MAX,
			 "'%s' is no column; the first line names them, with commas between: "
			 "name,group,labels,token,serial,factory",
			 shown);
		return ERR_INVALID;
	}
	for (unsigned i = 0; i < r->columns; i++)
		if (r->order[i] == (enum roster_column)c) {
			snprintf(why, ROSTER_WHY_MAX, "the column '%s' comes twice", shown);
			return ERR_INVALID;
		}
	r->order[r->columns++] = (enum roster_column)c;
	return ERR_OK;
}

enum err roster_open(struct roster *r, struct str text, char why[ROSTER_WHY_MAX])
{
	struct str line, name;
	bool more = true, named = false;

	*r = (struct roster){.rest = text};
	(void)str_take(&r->rest, STR("\xef\xbb\xbf"));
	if (!take_line(r, &line))
		return wrong(why, "there is nothing in it; the first line names the columns, name and others");
	while (more) {
		enum err err = take_value(&line, &name, &more, why);

		if (err == ERR_OK)
			err = add_column(r, name, why);
		if (err != ERR_OK)
			return err;
	}
	for (unsigned i = 0; i < r->columns; i++)
		named |= r->order[i] == ROSTER_NAME;
	return named ? ERR_OK : wrong(why, "there is no column 'name'");
}

static enum err read_values(const struct roster *r, struct str line, struct roster_row *row, char why[ROSTER_WHY_MAX])
{
	bool more = true;
	unsigned i = 0;

	for (; more && i < r->columns; i++) {
		enum err err = take_value(&line, &row->values[r->order[i]], &more, why);

		if (err != ERR_OK)
			return err;
	}
	if (!more && i == r->columns)
		return ERR_OK;
	snprintf(why, ROSTER_WHY_MAX, "it has %s values than the first line has columns, %u", more ? "more" : "fewer",
		 r->columns);
	return ERR_INVALID;
}

static enum err check_plain(struct str name, const char *whose, char why[ROSTER_WHY_MAX])
{
	if (name.len < STORE_NAME_MAX && label_is_plain(name))
		return ERR_OK;
	snprintf(why, ROSTER_WHY_MAX,
		 "a %s is of letters, digits and -_. only, up to %d, and begins with neither - nor .", whose,
		 STORE_NAME_MAX - 1);
	return ERR_INVALID;
}

static enum err check_labels(struct str labels, char why[ROSTER_WHY_MAX])
{
	char memory[STORE_TEXT_MAX];
	struct buf b = buf_over(memory, STORE_TEXT_MAX - 1);

	while (labels.len) {
		struct str label = str_cut(&labels, ' ');
		enum err err = str_empty(label) ? ERR_OK : label_add(&b, label);

		if (err == ERR_OK)
			continue;
		snprintf(why, ROSTER_WHY_MAX,
			 err == ERR_TOO_LONG ? "all labels of a device together are up to %d bytes"
					     : "a label is of letters, digits and -_.:=/ only, up to %d",
			 err == ERR_TOO_LONG ? STORE_TEXT_MAX - 1 : STORE_NAME_MAX - 1);
		return ERR_INVALID;
	}
	return ERR_OK;
}

static enum err check_serial(const struct roster_row *row, char why[ROSTER_WHY_MAX])
{
	struct str serial = row->values[ROSTER_SERIAL];
	bool good = serial.len < STORE_NAME_MAX;

	for (size_t i = 0; i < serial.len; i++)
		good = good && serial.data[i] >= 0x20 && serial.data[i] <= 0x7e;
	if (!good) {
		snprintf(why, ROSTER_WHY_MAX, "a serial number is of printable characters of ASCII, up to %d",
			 STORE_NAME_MAX - 1);
		return ERR_INVALID;
	}
	if (str_empty(serial) && !str_empty(row->values[ROSTER_FACTORY]))
		return wrong(why, "it has a factory and no serial number");
	return check_plain(row->values[ROSTER_FACTORY], "factory's name", why);
}

static enum err check(const struct roster_row *row, char why[ROSTER_WHY_MAX])
{
	enum err err;

	if (str_empty(row->values[ROSTER_NAME]))
		return wrong(why, "it has no name");
	err = check_plain(row->values[ROSTER_NAME], "device's name", why);
	if (err == ERR_OK)
		err = check_plain(row->values[ROSTER_GROUP], "group's name", why);
	if (err == ERR_OK)
		err = check_serial(row, why);
	return err == ERR_OK ? check_labels(row->values[ROSTER_LABELS], why) : err;
}

enum err roster_next(struct roster *r, struct roster_row *row, char why[ROSTER_WHY_MAX])
{
	struct str line;
	enum err err;

	memset(row, 0, sizeof(*row));
	if (!take_line(r, &line))
		return ERR_NOT_FOUND;
	row->line = r->line;
	if (r->rows == ROSTER_ROWS_MAX) {
		snprintf(why, ROSTER_WHY_MAX, "there are more than %d devices; make two files of it", ROSTER_ROWS_MAX);
		return ERR_FULL;
	}
	r->rows++;
	err = read_values(r, line, row, why);
	return err == ERR_OK ? check(row, why) : err;
}

unsigned roster_namesake(struct str text, struct str name, unsigned line)
{
	char why[ROSTER_WHY_MAX];
	struct roster_row row;
	struct roster r;
	enum err err = roster_open(&r, text, why);

	while (err == ERR_OK || err == ERR_INVALID) {
		err = roster_next(&r, &row, why);
		if (row.line == 0 || row.line >= line)
			break;
		if (err == ERR_OK && str_equal(row.values[ROSTER_NAME], name))
			return row.line;
	}
	return 0;
}
