/* SPDX-License-Identifier: Apache-2.0 */
/* Reads times and counts days by the proleptic Gregorian calendar. Knows no zone but the offset that is written. */
#include "agent/sigma/moment.h"

#include "agent/base/days.h"

#include <stdbool.h>

#define DAY_S 86400

static void date_of(int64_t days, struct moment *m)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;

	m->day = (uint8_t)(of_year - (153 * month + 2) / 5 + 1);
	m->month = (uint8_t)(month + (month < 10 ? 3 : -9));
	m->year = (int32_t)(year + era * 400 + (m->month <= 2));
}

/* The week of the Thursday of the same week tells the year that the week is of. */
static uint8_t week_of(int64_t days)
{
	int64_t weekday = (days % 7 + 10) % 7; /* 0: Monday */
	struct moment thursday;

	date_of(days - weekday + 3, &thursday);
	return (uint8_t)((days - weekday + 3 - days_from_date(thursday.year, 1, 1)) / 7 + 1);
}

/* Take exactly `digits` digits. */
static bool take_number(struct str *s, unsigned digits, int *out)
{
	*out = 0;
	if (s->len < digits)
		return false;
	for (unsigned i = 0; i < digits; i++) {
		if (s->data[i] < '0' || s->data[i] > '9')
			return false;
		*out = *out * 10 + (s->data[i] - '0');
	}
	*s = str_sub(*s, digits, SIZE_MAX);
	return true;
}

/* Take ".789" or ",789" in microseconds; what is finer is passed over. */
static bool take_fraction(struct str *s, int64_t *us)
{
	int64_t unit = 100000;

	*us = 0;
	if (!str_take(s, STR(".")) && !str_take(s, STR(",")))
		return true;
	size_t before = s->len;

	for (int digit; take_number(s, 1, &digit); unit /= 10)
		*us += digit * unit;
	return s->len < before;
}

/* Take "Z", "+02", "+02:00", "-0130" or nothing, in seconds east of UTC. */
static bool take_zone(struct str *s, int *east_s)
{
	int hours, minutes = 0;
	bool west;

	*east_s = 0;
	if (str_empty(*s) || str_take(s, STR("Z")) || str_take(s, STR("z")) || str_take(s, STR(" UTC")))
		return true;
	west = str_take(s, STR("-"));
	if ((!west && !str_take(s, STR("+"))) || !take_number(s, 2, &hours))
		return false;
	if ((str_take(s, STR(":")) || !str_empty(*s)) && !take_number(s, 2, &minutes))
		return false;
	*east_s = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
	return hours < 24 && minutes < 60;
}

static bool take_clock(struct str *s, struct moment *m)
{
	int hour, minute, second = 0, east_s = 0;
	int64_t us = 0;

	if (!take_number(s, 2, &hour) || !str_take(s, STR(":")) || !take_number(s, 2, &minute))
		return false;
	if (str_take(s, STR(":")) && (!take_number(s, 2, &second) || !take_fraction(s, &us)))
		return false;
	if (hour > 23 || minute > 59 || second > 60 || !take_zone(s, &east_s))
		return false;
	m->hour = (uint8_t)hour;
	m->minute = (uint8_t)minute;
	m->us += (hour * 3600 + minute * 60 + second - east_s) * INT64_C(1000000) + us;
	return true;
}

static bool read_date(struct str s, struct moment *m)
{
	static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day;

	if (!take_number(&s, 4, &year) || !str_take(&s, STR("-")) || !take_number(&s, 2, &month) ||
	    !str_take(&s, STR("-")) || !take_number(&s, 2, &day) || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0);

	if (day > month_days[month - 1] + leap)
		return false;
	int64_t days = days_from_date(year, month, day);

	*m = (struct moment){.us = days * DAY_S * 1000000,
			     .year = year,
			     .month = (uint8_t)month,
			     .day = (uint8_t)day,
			     .week = week_of(days)};
	if (str_empty(s))
		return true;
	return (str_take(&s, STR("T")) || str_take(&s, STR("t")) || str_take(&s, STR(" "))) && take_clock(&s, m) &&
	       str_empty(s);
}

static bool read_count(struct str s, struct moment *m)
{
	struct str rest = s;
	int64_t value = 0, us = 0, days;

	for (int digit; rest.len + 19 > s.len && take_number(&rest, 1, &digit);)
		value = value <= (INT64_MAX - digit) / 10 ? value * 10 + digit : INT64_MAX;
	size_t digits = s.len - rest.len;

	if (digits == 0 || !take_fraction(&rest, &us) || rest.len)
		return false;
	if (digits <= 11)
		us += value * 1000000;
	else
		us = digits <= 14 ? value * 1000 + us / 1000 : digits <= 17 ? value : value / 1000;
	days = us / 1000000 / DAY_S;
	*m = (struct moment){.us = us,
			     .hour = (uint8_t)(us / 1000000 % DAY_S / 3600),
			     .minute = (uint8_t)(us / 60000000 % 60),
			     .week = week_of(days)};
	date_of(days, m);
	return true;
}

enum err moment_read(struct str text, struct moment *out)
{
	text = str_trim(text);
	return read_date(text, out) || read_count(text, out) ? ERR_OK : ERR_INVALID;
}
