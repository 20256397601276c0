/* SPDX-License-Identifier: Apache-2.0 */
/* Finds dates in texts. Knows no zone: a day more or less is nothing to who asks. */
#include "agent/actor/audit/audit_dates.h"

#include "agent/base/days.h"

int64_t audit_dates_s(const struct audit_date *date)
{
	return days_from_date(date->year, date->month, date->day) * AUDIT_DAY_S;
}

/* A number of exactly that many digits. */
static bool read_digits(struct str text, size_t at, size_t count, unsigned *out)
{
	struct str digits = str_sub(text, at, count);
	uint64_t number;

	if (digits.len != count || str_number(digits, 9999, &number) != ERR_OK)
		return false;
	*out = (unsigned)number;
	return true;
}

static bool is_date(const struct audit_date *d)
{
	return d->year >= 2000 && d->year < 2100 && d->month >= 1 && d->month <= 12 && d->day >= 1 && d->day <= 31;
}

static bool is_digit(struct str text, size_t at)
{
	return at < text.len && text.data[at] >= '0' && text.data[at] <= '9';
}

/* "2024-05-03" or "20240503", at a place. */
static bool read_numbers(struct str text, size_t at, struct audit_date *d)
{
	size_t dash = at + 4 < text.len && text.data[at + 4] == '-';

	return read_digits(text, at, 4, &d->year) && read_digits(text, at + 4 + dash, 2, &d->month) &&
	       (!dash || (at + 7 < text.len && text.data[at + 7] == '-')) &&
	       read_digits(text, at + 6 + 2 * dash, 2, &d->day) && is_date(d);
}

/* "Mar 22 22:09:42 2024", at a place: the year is the next number of four digits that stands alone. */
static bool read_names(struct str text, size_t at, struct audit_date *d)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	size_t place = str_find(STR(names), str_sub(text, at, 3));
	struct str rest = str_trim(str_sub(text, at + 3, SIZE_MAX)), word;
	uint64_t number;

	if (place == SIZE_MAX || place % 3 != 0 || at + 3 >= text.len || text.data[at + 3] != ' ' ||
	    str_number(str_cut(&rest, ' '), 31, &number) != ERR_OK)
		return false;
	d->month = (unsigned)place / 3 + 1;
	d->day = (unsigned)number;
	while (!str_empty(rest)) {
		word = str_trim(str_cut(&rest, ' '));
		if (word.len == 4 && read_digits(word, 0, 4, &d->year))
			return is_date(d);
	}
	return false;
}

bool audit_dates_find(struct str text, int64_t *out_s)
{
	struct audit_date d;

	for (size_t at = 0; at + 8 <= text.len; at++) {
		if (at > 0 && is_digit(text, at - 1))
			continue;
		if (!read_numbers(text, at, &d) && !read_names(text, at, &d))
			continue;
		*out_s = audit_dates_s(&d);
		return true;
	}
	return false;
}
