/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the stamps that stamp.c leaves alone, for the core, which asks for them alone. Never reads a clock. */
#include "agent/sensors/log/civil.h"

#include "agent/base/now.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/stamp.h"
#include "agent/sensors/log/stamp_other.h"

#define DAY_US (24 * HOUR_US)
#define YEAR_DAYS 365

/* Take `digits` digits from *rest. */
static bool take_digits(struct str *rest, size_t digits, unsigned *out)
{
	*out = 0;
	if (rest->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (!scan_is_digit(rest->data[i]))
			return false;
		*out = *out * 10 + (unsigned)(rest->data[i] - '0');
	}
	*rest = str_sub(*rest, digits, SIZE_MAX);
	return true;
}

/* Take "hh:mm:ss" and set the time of the day. */
static bool take_clock(struct str *rest, struct civil *out)
{
	unsigned hour, minute, second;

	if (!take_digits(rest, 2, &hour) || !str_take(rest, STR(":")) || !take_digits(rest, 2, &minute) ||
	    !str_take(rest, STR(":")) || !take_digits(rest, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	if (hour > 0 && hour <= 12 && (str_starts(*rest, STR(" AM ")) || str_starts(*rest, STR(" PM "))))
		hour = hour % 12 + (rest->data[1] == 'P' ? 12 : 0);
	out->us = ((int64_t)hour * 60 + minute) * MINUTE_US + (int64_t)second * SECOND_US;
	return true;
}

/* "2026-11-22 11:58:01", "2026/11/22 ...", "2026-11-22_...", "2026-11-22T..." */
static bool read_numbers(struct str rest, struct civil *out)
{
	unsigned month, day;

	if (!take_digits(&rest, 4, &out->year) || rest.len < 7 || (rest.data[0] != '-' && rest.data[0] != '/'))
		return false;
	char mark = rest.data[0];

	rest = str_sub(rest, 1, SIZE_MAX);
	if (!take_digits(&rest, 2, &month) || rest.len < 1 || rest.data[0] != mark)
		return false;
	rest = str_sub(rest, 1, SIZE_MAX);
	if (!take_digits(&rest, 2, &day) || rest.len < 1 || !memchr(" _Tt", rest.data[0], 4))
		return false;
	rest = str_sub(rest, 1, SIZE_MAX);
	out->month = (uint8_t)month;
	out->day = (uint8_t)day;
	return month >= 1 && month <= 12 && take_clock(&rest, out);
}

static void skip_fraction(struct str *rest)
{
	if (rest->len == 0 || (rest->data[0] != '.' && rest->data[0] != ','))
		return;
	do
		*rest = str_sub(*rest, 1, SIZE_MAX);
	while (rest->len && scan_is_digit(rest->data[0]));
}

/* "Nov 22 11:58:01", "Nov  2 11:58:01.123 2026", "Nov 22 2026 11:58:01" */
static bool read_names(struct str rest, struct civil *out)
{
	unsigned day, year;

	if (rest.len < 14 || !(out->month = (uint8_t)stamp_month(rest.data)) || rest.data[3] != ' ')
		return false;
	rest = str_sub(rest, 4, SIZE_MAX);
	str_take(&rest, STR(" "));
	if (!take_digits(&rest, rest.data[1] == ' ' ? 1 : 2, &day) || !str_take(&rest, STR(" ")))
		return false;
	out->day = (uint8_t)day;
	struct str behind = rest;

	if (take_digits(&behind, 4, &year) && str_take(&behind, STR(" "))) {
		out->year = year;
		rest = behind;
	}
	if (!take_clock(&rest, out))
		return false;
	skip_fraction(&rest);
	/* What follows a year is a blank or a bracket; a host's name may begin with four digits. */
	if (out->year == 0 && str_take(&rest, STR(" ")) && take_digits(&rest, 4, &year) && year >= 1970 &&
	    (rest.len == 0 || rest.data[0] == ' ' || rest.data[0] == ']'))
		out->year = year;
	return true;
}

static bool read_usual(struct str line, struct civil *out)
{
	unsigned year;

	*out = (struct civil){.us = 0};
	if (str_starts(line, STR("<"))) /* a priority */
		str_cut(&line, '>');
	str_take(&line, STR("["));
	if (line.len < 15)
		return false;
	struct str rest = line;

	if (scan_is_digit(line.data[0])) {
		/* "2026 Nov 22 11:58:01" */
		if (line.data[4] == ' ' && take_digits(&rest, 4, &year) && str_take(&rest, STR(" ")) &&
		    read_names(rest, out))
			out->year = year;
		else if (!read_numbers(line, out))
			return false;
	} else if (!read_names(line, out)) {
		if (line.data[3] != ' ')
			return false;
		/* A weekday. */
		*out = (struct civil){.us = 0};
		rest = str_sub(line, 4, SIZE_MAX);
		if (!read_names(rest, out) && !read_numbers(rest, out))
			return false;
	}
	return out->day >= 1 && out->day <= 31 && (out->year == 0 || out->year >= 1970);
}

bool civil_read(struct str line, struct civil *out)
{
	struct stamp_other other;

	if (read_usual(line, out))
		return true;
	if (!stamp_other_read(line, &other) || other.civil.month == 0)
		return false;
	*out = other.civil;
	return true;
}

static int64_t in_year(const struct civil *c, int64_t year)
{
	return stamp_days(year, c->month, c->day) * DAY_US + c->us;
}

int64_t civil_us(const struct civil *c, int64_t until_us)
{
	if (c->year)
		return in_year(c, c->year);
	/* A year later than that of until_us, or the one before: dividing by 365 days is off by less than one. */
	int64_t year = 1970 + until_us / DAY_US / YEAR_DAYS + 1;

	while (in_year(c, year) > until_us)
		year--;
	return in_year(c, year);
}
