/* SPDX-License-Identifier: Apache-2.0 */
/* Finds what the settings declare of a log, before its first line. Never opens a file, and reads no line. */
#include "agent/sensors/log/declared.h"

#include "agent/common/file_pattern.h"
#include "agent/common/settings_format.h"

#include "agent/base/require.h"

#include <string.h>

_Static_assert((int)FORMAT_SYSLOG == (int)STREAM_SYSLOG && (int)FORMAT_JSON == (int)STREAM_JSON &&
		       (int)FORMAT_CRI == (int)STREAM_CRI && (int)FORMAT_VERBOSE == (int)STREAM_VERBOSE &&
		       (int)FORMAT_PRETTY == (int)STREAM_PRETTY && (int)FORMAT_EXPORT == (int)STREAM_EXPORT &&
		       (int)FORMAT_SSHD == (int)STREAM_OF_SSHD,
	       "settings and streams number the formats alike");

void declared_init(struct declared *d, const struct settings *settings)
{
	char why[ACCESS_WHY_MAX];

	d->settings = settings;
	/* The settings were refused if one could not be read. */
	for (unsigned i = 0; IS_ENABLED(CONFIG_ACCESS_LOGS) && i < settings->access_count; i++)
		require(access_format_read(str_from(settings->access[i].format), &d->formats[i], why) == ERR_OK);
}

static bool fits(const char *pattern, struct str path)
{
	struct str dir = {pattern, file_pattern_dir(pattern)};

	return file_pattern_is(pattern) && str_take(&path, dir) && file_pattern_fits(pattern, path);
}

unsigned declared_row(const struct settings *settings, struct str path)
{
	unsigned row = settings_format_file(settings, path);

	if (row < settings->file_count)
		return row;
	for (unsigned i = 0; i < settings->file_count; i++)
		if (fits(settings->files[i], path))
			return i;
	return DECLARED_NONE;
}

static uint8_t format_of(const struct settings *s, unsigned row)
{
	return row < s->file_count ? (uint8_t)settings_format_of(s, s->files[row]) : FORMAT_AUTO;
}

static const struct settings_access *access_of(const struct settings *s, unsigned row)
{
	return IS_ENABLED(CONFIG_ACCESS_LOGS) && row < s->file_count ? settings_access_find(s, s->files[row]) : NULL;
}

bool declared_same(const struct settings *settings, unsigned row, unsigned other)
{
	const struct settings_access *a = access_of(settings, row), *b = access_of(settings, other);

	return format_of(settings, row) == format_of(settings, other) &&
	       (a == b || (a && b && strcmp(a->format, b->format) == 0));
}

void declared_begin(const struct declared *d, unsigned row, struct stream *out)
{
	const struct settings *s = d->settings;
	const struct settings_access *access = access_of(s, row);

	*out = (struct stream){.format = format_of(s, row)};
	out->access.proxies = s->proxies;
	out->access.proxy_count = s->proxy_count;
	out->access.format = access ? &d->formats[access - s->access] : NULL;
}

const char *declared_unread(const struct stream *s)
{
	if (s->contradicted == STREAM_CONTRADICTIONS_MAX && s->found_format)
		return " is not in the form that its first line showed, and is not read; declare it in [file]";
	if (s->contradicted == STREAM_CONTRADICTIONS_MAX)
		return " is not in the format that [file] of the settings declares, and is not read";
	switch ((enum stream_trouble)s->trouble) {
	case STREAM_CONTRADICTED: return " is not read: its lines do not have the format that [access] declares";
	case STREAM_DOUBTFUL:
		return ": its access log is not read, a client may choose the address in it; declare its format in "
		       "[access]";
	case STREAM_UNPROVEN:
		return ": refused log-ins in it have no address that is proven, and ban nobody; declare its format in "
		       "[access]";
	case STREAM_OTHER_JSON:
		return " is not read: its JSON has not the members of a log that is known; declare them in [access]";
	case STREAM_NAMELESS:
		return " is not read: its lines do not say who wrote them, nor did the first show it; declare it in "
		       "[file]";
	default: return NULL;
	}
}
