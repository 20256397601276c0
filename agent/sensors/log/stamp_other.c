/* SPDX-License-Identifier: Apache-2.0 */
/* Reads stamps by pictures of them. It is asked only of lines that have no usual one. Never reads a clock. */
#include "agent/sensors/log/stamp_other.h"

#include "agent/base/now.h"
#include "agent/sensors/log/scan.h"
#include "agent/sensors/log/stamp.h"

#define DAY_US (24 * HOUR_US)

/*
 * Y, M, D, h, m and s are digits of the year, month, day, hour, minute and second; the first of a day may be a blank. N
 * stands for a month's name, W for a weekday's, Z for a zone of letters, and all else for itself.
 */
static const char *const pictures[] = {
	"YYYY/MM/DD hh:mm:ss", "YYYY/MM/DD-hh:mm:ss", "YYYY/MM/DDThh:mm:ss",   "YYYY.MM.DD hh:mm:ss",
	"YYYY.MM.DD-hh:mm:ss", "YYYYMMDD hh:mm:ss",   "YYYYMMDDThhmmss",       "YYYYMMDD-hh:mm:ss",
	"YYYY-N-DD hh:mm:ss",  "DD/N/YYYY:hh:mm:ss",  "DD/N/YYYY hh:mm:ss",    "DD-N-YYYY hh:mm:ss",
	"DD N YYYY hh:mm:ss",  "DD N hh:mm:ss",	      "W, DD N YYYY hh:mm:ss", "W N DD hh:mm:ss Z YYYY",
	"N DD hh:mm:ss Z",     "N/DD/YYYY hh:mm:ss",  "N DD, YYYY hh:mm:ss",   "W N DD hh:mm:ss H Z YYYY",
};

#define PICTURES (sizeof(pictures) / sizeof(pictures[0]))
#define BRACKETED (PICTURES + 1) /* the form of a usual stamp in brackets; those above have this added */

struct parts {
	uint16_t numbers[64]; /* by the letter of the picture, of which six bits are enough */
	bool afternoon, half, universal;
};

static bool is_letter(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* Whether one of the pictures may begin so. It is asked of all lines of an access log, too. */
static bool may_begin(struct str s)
{
	if (!scan_is_digit(s.data[0]) && s.data[0] != ' ')
		return is_letter(s.data[0]) && (s.data[3] == ' ' || s.data[3] == ',' || s.data[3] == '/');
	return memchr("/- ", s.data[2], 3) || memchr("/.-", s.data[4], 3) || memchr(" T-", s.data[8], 3);
}

/* A month's name in any case, as MikroTik has it in small letters. */
static unsigned month_of(const char *p)
{
	char name[3] = {(char)(p[0] & ~0x20), (char)(p[1] | 0x20), (char)(p[2] | 0x20)};

	return is_letter(p[0]) && is_letter(p[1]) && is_letter(p[2]) ? stamp_month(name) : 0;
}

static uint16_t *number_of(struct parts *p, char letter)
{
	return &p->numbers[letter & 0x3f];
}

static bool take_month(struct str *s, struct parts *p)
{
	*number_of(p, 'M') = s->len >= 3 ? month_of(s->data) : 0;
	*s = str_sub(*s, 3, SIZE_MAX);
	return *number_of(p, 'M') > 0;
}

/* Take letters, between three and five of them. */
static bool take_name(struct str *s, struct str *name)
{
	size_t len = 0;

	while (len < s->len && len < 6 && is_letter(s->data[len]))
		len++;
	*name = str_sub(*s, 0, len);
	*s = str_sub(*s, len, SIZE_MAX);
	return len >= 3 && len <= 5;
}

/* Take "AM" or "PM". */
static bool take_half(struct str *s, struct parts *p)
{
	bool morning = str_take(s, STR("AM")) || str_take(s, STR("am"));

	if (!morning && !str_take(s, STR("PM")) && !str_take(s, STR("pm")))
		return false;
	p->half = true;
	p->afternoon = !morning;
	return true;
}

/* Take a zone of letters. */
static bool take_zone_name(struct str *s, struct parts *p)
{
	struct str name;

	if (!take_name(s, &name))
		return false;
	p->universal = str_equal(name, STR("UTC")) || str_equal(name, STR("GMT"));
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] & 0x20)
			return false;
	return true;
}

/* Take what one byte of a picture stands for. */
static bool take_one(struct str *s, char c, bool first, struct parts *p)
{
	struct str name;

	switch (c) {
	case 'N': return take_month(s, p);
	case 'W': return take_name(s, &name) && name.len == 3;
	case 'Z': return take_zone_name(s, p);
	case 'H': return take_half(s, p);
	default: break;
	}
	if (s->len == 0)
		return false;
	char found = s->data[0];

	*s = str_sub(*s, 1, SIZE_MAX);
	if (!is_letter(c) || c == 'T')
		return found == c;
	if (c == 'D' && first && found == ' ')
		found = '0';
	if (!scan_is_digit(found))
		return false;
	*number_of(p, c) = (uint16_t)(*number_of(p, c) * 10 + (found - '0'));
	return true;
}

static bool take_picture(struct str *s, const char *picture, struct parts *p)
{
	*p = (struct parts){.half = false};
	for (size_t i = 0; picture[i]; i++)
		if (!take_one(s, picture[i], i == 0 || picture[i - 1] != picture[i], p))
			return false;
	return true;
}

/* Take a fraction, and give it out in microseconds. */
static int64_t take_fraction(struct str *s)
{
	int64_t us = 0, scale = SECOND_US;

	if (s->len < 2 || (s->data[0] != '.' && s->data[0] != ',') || !scan_is_digit(s->data[1]))
		return 0;
	for (*s = str_sub(*s, 1, SIZE_MAX); s->len && scan_is_digit(s->data[0]); *s = str_sub(*s, 1, SIZE_MAX)) {
		scale /= 10;
		us += (s->data[0] - '0') * scale;
	}
	return us;
}

/* Take " +0100", "+01:00", "Z" or " UTC", and give out how far east it is in seconds. False: there is none. */
static bool take_offset(struct str *s, struct parts *p, int64_t *east_s)
{
	struct str rest = *s;
	size_t digits = 0;
	unsigned hhmm = 0;

	*east_s = 0;
	if (str_take(s, STR("Z")))
		return true;
	str_take(&rest, STR(" "));
	if (rest.len == 0 || (rest.data[0] != '+' && rest.data[0] != '-')) {
		if (!take_zone_name(&rest, p) || !p->universal)
			return false;
		*s = rest;
		return true;
	}
	bool west = rest.data[0] == '-';

	for (rest = str_sub(rest, 1, SIZE_MAX); rest.len && digits < 4; rest = str_sub(rest, 1, SIZE_MAX)) {
		if (rest.data[0] == ':' && digits == 2)
			continue;
		if (!scan_is_digit(rest.data[0]))
			return false;
		hhmm = hhmm * 10 + (unsigned)(rest.data[0] - '0');
		digits++;
	}
	if (digits < 4)
		return false;
	*s = rest;
	*east_s = ((int64_t)(hhmm / 100) * 60 + hhmm % 100) * 60 * (west ? -1 : 1);
	return true;
}

/* What a picture's letters have read, as a time. False: there is no such time. */
static bool fill(struct parts *p, struct stamp_other *out)
{
	unsigned hour = *number_of(p, 'h');

	if (p->half && (hour < 1 || hour > 12))
		return false;
	if (p->half)
		hour = hour % 12 + (p->afternoon ? 12 : 0);
	out->civil.year = *number_of(p, 'Y');
	out->civil.month = (uint8_t)*number_of(p, 'M');
	out->civil.day = (uint8_t)*number_of(p, 'D');
	out->civil.us = ((int64_t)hour * 60 + *number_of(p, 'm')) * MINUTE_US + (int64_t)*number_of(p, 's') * SECOND_US;
	return hour < 24 && *number_of(p, 'm') < 60 && *number_of(p, 's') < 61 && *number_of(p, 'M') >= 1 &&
	       *number_of(p, 'M') <= 12 && *number_of(p, 'D') >= 1 && *number_of(p, 'D') <= 31 &&
	       (out->civil.year == 0 || out->civil.year >= 1970);
}

static bool read_picture(struct str *s, const char *picture, struct stamp_other *out)
{
	struct str rest = *s;
	struct parts p;
	int64_t east_s = 0;

	if (!take_picture(&rest, picture, &p))
		return false;
	int64_t fraction_us = take_fraction(&rest);
	struct str half = rest;

	if (str_take(&half, STR(" ")) && take_half(&half, &p))
		rest = half;
	if (!fill(&p, out))
		return false;
	bool zoned = p.universal || take_offset(&rest, &p, &east_s);

	out->civil.us += fraction_us;
	out->us = zoned && out->civil.year ? stamp_days(out->civil.year, out->civil.month, out->civil.day) * DAY_US +
						     out->civil.us - east_s * SECOND_US
					   : 0;
	*s = rest;
	return true;
}

/* A stamp of stamp.h in brackets. */
static bool read_usual(struct str *s, struct stamp_other *out)
{
	size_t len = stamp_length(*s);

	if (len == 0 || s->data[0] == '[')
		return false;
	out->us = stamp_us(str_sub(*s, 0, len));
	*s = str_sub(*s, len, SIZE_MAX);
	if (s->len > 6 && s->data[0] == ' ' && s->data[5] == ']') /* the year of ctime(3) */
		*s = str_sub(*s, 5, SIZE_MAX);
	return true;
}

bool stamp_other_read(struct str line, struct stamp_other *out)
{
	struct str rest = line;

	*out = (struct stamp_other){.us = 0};
	if (str_take(&rest, STR("<"))) {
		size_t end = str_find_byte(str_sub(rest, 0, 4), '>');

		rest = end == SIZE_MAX ? STR_NONE : str_sub(rest, end + 1, SIZE_MAX);
	}
	bool bracket = str_take(&rest, STR("["));
	uint8_t form = 0;

	if (rest.len < 14)
		return false;
	bool maybe = may_begin(rest);

	for (uint8_t i = 0; maybe && i < PICTURES && !form; i++)
		if (read_picture(&rest, pictures[i], out))
			form = (uint8_t)(i + 1 + (bracket ? BRACKETED : 0));
	if (!form && bracket && read_usual(&rest, out))
		form = BRACKETED;
	if (!form || (bracket && !str_take(&rest, STR("]"))))
		return false;
	out->form = form;
	out->len = line.len - rest.len;
	return rest.len == 0 || rest.data[0] == ' ';
}
