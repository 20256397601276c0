/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the settings' file that a log is or was copied from. Never opens a log. */
#include "agent/cli/log_name.h"

#include "agent/common/file_pattern.h"
#include "agent/sensors/log/declared.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATE_DIGITS 8

struct str log_name_unrotated(const char *path)
{
	struct str name = str_from(path);
	size_t end = name.len;

	while (end > 0 && name.data[end - 1] >= '0' && name.data[end - 1] <= '9')
		end--;
	if (end < 2 || end == name.len || name.data[end - 2] == '/')
		return name;
	bool dated = name.data[end - 1] == '-' && name.len - end == DATE_DIGITS;

	return dated || name.data[end - 1] == '.' ? str_sub(name, 0, end - 1) : name;
}

static struct str path_of(const struct log_name *log)
{
	return log->as ? str_from(log->as) : log_name_unrotated(log->name);
}

bool log_name_same(const struct log_name *a, const struct log_name *b)
{
	return str_equal(path_of(a), path_of(b));
}

static struct str base_of(struct str path)
{
	size_t slash = str_find_back(path, STR("/"));

	return slash == SIZE_MAX ? path : str_sub(path, slash + 1, SIZE_MAX);
}

static unsigned row_of_path(const struct settings *s, const char *path)
{
	unsigned row = declared_row(s, str_from(path));

	return row != DECLARED_NONE ? row : declared_row(s, log_name_unrotated(path));
}

static unsigned row_of_real_path(const struct settings *s, const char *name)
{
	char path[PATH_MAX];

	return realpath(name, path) ? row_of_path(s, path) : DECLARED_NONE;
}

/* Whether a file of the settings has this base name; `patterns`: whether it is a pattern that fits. */
static bool has_base(const char *file, struct str base, bool patterns)
{
	if (patterns)
		return file_pattern_is(file) && file_pattern_fits(file, base);
	return str_equal(base_of(str_from(file)), base);
}

static enum err refuse(char *why, const struct settings *s, const struct log_name *log, const unsigned rows[2])
{
	snprintf(why, LOG_NAME_WHY_MAX,
		 "%.100s may be %s or %s of the settings, which are read differently; say --as %s", log->name,
		 s->files[rows[0]], s->files[rows[1]], "PATH before it");
	return ERR_INVALID;
}

static enum err row_of_base(const struct settings *s, const struct log_name *log, unsigned *row, char *why)
{
	struct str base = base_of(str_from(log->name)), whole = base_of(log_name_unrotated(log->name));

	for (unsigned patterns = 0; patterns < 2 && *row == DECLARED_NONE; patterns++)
		for (unsigned i = 0; i < s->file_count; i++) {
			if (!has_base(s->files[i], base, patterns) && !has_base(s->files[i], whole, patterns))
				continue;
			if (*row != DECLARED_NONE && !declared_same(s, *row, i))
				return refuse(why, s, log, (unsigned[]){*row, i});
			if (*row == DECLARED_NONE)
				*row = i;
		}
	return ERR_OK;
}

enum err log_name_row(const struct settings *s, const struct log_name *log, unsigned *row, char why[LOG_NAME_WHY_MAX])
{
	if (log->as) {
		*row = declared_row(s, str_from(log->as));
		if (*row != DECLARED_NONE)
			return ERR_OK;
		snprintf(why, LOG_NAME_WHY_MAX, "--as %.255s: the settings' [auth] files do not name it", log->as);
		return ERR_INVALID;
	}
	*row = row_of_path(s, log->name);
	if (*row == DECLARED_NONE && strcmp(log->name, "-") != 0)
		*row = row_of_real_path(s, log->name);
	return *row == DECLARED_NONE ? row_of_base(s, log, row, why) : ERR_OK;
}
