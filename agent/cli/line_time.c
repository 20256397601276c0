/* SPDX-License-Identifier: Apache-2.0 */
/* Guesses what a stamp leaves out. The guard itself never guesses: it looks at its clock. */
#include "agent/cli/line_time.h"

#include "agent/base/now.h"
#include "agent/sensors/log/stamp.h"
#include "agent/sensors/log/stamp_other.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STAMP_BYTES 80
#define DAY_US (24 * HOUR_US)

/* Forms of strptime(3). '[' before one: it stands behind the first bracket of the line. */
static const char *const forms[] = {
	"%b %d %Y %H:%M:%S",  "%b %d %H:%M:%S",	    "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S",
	"%Y-%m-%dT%H:%M:%S",  "%Y-%m-%d %H:%M:%S",  "%Y-%m-%d_%H:%M:%S",    "%Y/%m/%d %H:%M:%S",
	"[%d/%b/%Y:%H:%M:%S", "[%a %b %d %H:%M:%S", "%Y %b %d %H:%M:%S",
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

struct line_time line_time_begin(int64_t until_us)
{
	return (struct line_time){.until_us = until_us};
}

/* Read "+0100" as seconds east of Greenwich. False: there is none. */
static bool zone_of(const char *text, long *out)
{
	while (*text == ' ')
		text++;
	if ((*text != '+' && *text != '-') || !isdigit((unsigned char)text[1]))
		return false;
	long value = strtol(text + 1, NULL, 10);

	*out = (value / 100 * 60 + value % 100) * 60 * (*text == '-' ? -1 : 1);
	return true;
}

/* ".123456" behind the seconds, or " 2026": both may follow a form's end. */
static int64_t fraction_of(const char **end)
{
	int64_t micros = 0, scale = 100000;

	if (**end != '.' && **end != ',')
		return 0;
	for ((*end)++; isdigit((unsigned char)**end); (*end)++, scale /= 10)
		micros += (**end - '0') * scale;
	return micros;
}

static bool has_year(const char *form)
{
	return strchr(form, 'Y') != NULL;
}

static int64_t in_zone(struct tm *tm, const char *end)
{
	long zone;
	struct tm copy = *tm;

	copy.tm_isdst = -1;
	return zone_of(end, &zone) ? ((int64_t)timegm(&copy) - zone) * SECOND_US : (int64_t)mktime(&copy) * SECOND_US;
}

/* How unlikely a time is after that of the stamp before: a log goes on, and seldom back by more than a day. */
static int64_t distance(const struct line_time *t, int64_t us)
{
	int64_t ahead_us = us - t->last_us;

	return ahead_us > 0 ? ahead_us : ahead_us > -DAY_US ? -ahead_us : 366 * DAY_US - ahead_us;
}

/* The day on which a device without a clock begins, in any zone. */
static bool is_first_day(const struct tm *tm)
{
	return (tm->tm_mon == 0 && tm->tm_mday == 1) || (tm->tm_mon == 11 && tm->tm_mday == 31);
}

static int64_t unset(struct tm *tm, const char *end)
{
	tm->tm_year = tm->tm_mon == 0 ? 70 : 69;
	int64_t us = in_zone(tm, end);

	return us > 0 ? us : 1;
}

/* The first year is the latest that the file's last change allows; then each stamp is the one nearest to the last. */
static int64_t in_year(struct line_time *t, struct tm *tm, const char *end)
{
	if (t->year == 0) {
		time_t until = (time_t)(t->until_us / SECOND_US);
		struct tm now;

		localtime_r(&until, &now);
		tm->tm_year = now.tm_year;
		t->year = in_zone(tm, end) > t->until_us + DAY_US ? now.tm_year - 1 : now.tm_year;
		tm->tm_year = t->year;
		return in_zone(tm, end);
	}
	int64_t best = 0;

	for (int year = t->year - 1; year <= t->year + 1; year++) {
		tm->tm_year = year;
		int64_t us = in_zone(tm, end);

		if (year > t->year - 1 && us > t->until_us + DAY_US)
			break;
		if (year == t->year - 1 || distance(t, us) < distance(t, best))
			best = us;
	}
	return best < t->last_us - DAY_US && is_first_day(tm) ? unset(tm, end) : best;
}

/* The time of a text by one form; 0: it has another one. */
static int64_t by_form(struct line_time *t, const char *text, const char *form)
{
	struct tm tm = {.tm_mday = 1};

	if (*form == '[') {
		text = strchr(text, '[');
		if (!text)
			return 0;
		text++;
		form++;
	}
	const char *end = strptime(text, form, &tm);

	if (!end)
		return 0;
	int64_t micros = fraction_of(&end);

	if ((str_starts(str_from(end), STR(" AM ")) || str_starts(str_from(end), STR(" PM "))) && tm.tm_hour >= 1 &&
	    tm.tm_hour <= 12) {
		tm.tm_hour = tm.tm_hour % 12 + (end[1] == 'P' ? 12 : 0);
		end += 3;
	}
	if (!has_year(form) && *end == ' ' && isdigit((unsigned char)end[1]) && strlen(end) >= 5 &&
	    isdigit((unsigned char)end[4]) && !isdigit((unsigned char)end[5])) {
		tm.tm_year = (int)strtol(end + 1, NULL, 10) - 1900;
		return in_zone(&tm, end + 5) + micros;
	}
	return (has_year(form) ? in_zone(&tm, end) : in_year(t, &tm, end)) + micros;
}

/* The time of a stamp that templates and scripts write. 0: there is none. */
static int64_t by_other(struct line_time *t, struct str line)
{
	struct stamp_other stamp;
	struct civil civil;

	if (!stamp_other_read(line, &stamp))
		return 0;
	if (stamp.us || !civil_read(line, &civil))
		return stamp.us;
	int64_t seconds = civil.us / SECOND_US;
	struct tm tm = {.tm_mon = civil.month - 1,
			.tm_mday = civil.day,
			.tm_hour = (int)(seconds / 3600),
			.tm_min = (int)(seconds / 60 % 60),
			.tm_sec = (int)(seconds % 60)};

	tm.tm_year = (int)civil.year - 1900;
	return (civil.year ? in_zone(&tm, "") : in_year(t, &tm, "")) + civil.us % SECOND_US;
}

int64_t line_time_us(struct line_time *t, struct str line)
{
	char text[STAMP_BYTES];
	size_t prefix = str_starts(line, STR("<")) ? 5 : 0;
	struct str rest = line;

	/* "<38>1 " of RFC 5424, "<38>" of RFC 3164 */
	for (size_t i = 0; i < prefix && i < line.len; i++)
		if (line.data[i] == '>')
			rest = str_sub(line, i + 1, SIZE_MAX);
	str_take(&rest, STR("1 "));
	int64_t us = stamp_us(str_sub(rest, 0, stamp_length(rest)));
	size_t len = rest.len < sizeof(text) - 1 ? rest.len : sizeof(text) - 1;

	memcpy(text, rest.data, len);
	text[len] = '\0';
	for (unsigned n = 0; us == 0 && n < FORMS; n++) {
		unsigned form = (t->form + n) % FORMS;

		us = by_form(t, text, forms[form]);
		if (us)
			t->form = form;
	}
	if (us == 0)
		us = by_other(t, line);
	if (us == 0)
		return 0;
	time_t at = (time_t)(us / SECOND_US);
	struct tm now;

	if (us < DAY_US * 2) /* the clock was not set: the years of the others go on */
		return us;

	t->last_us = us;
	if (localtime_r(&at, &now))
		t->year = now.tm_year;
	return us;
}
