/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the end and the time of a log line's stamp. Pure; never reads a clock or a zone database. */
#include "agent/sensors/log/stamp.h"

#include "agent/base/days.h"
#include "agent/base/hex.h"
#include "agent/base/now.h"
#include "agent/base/rare.h"
#include "agent/sensors/log/scan.h"

#include <stdbool.h>

/* Whether s has the bytes of the picture at the offset `at`. A '0' of the picture means any digit. */
static bool looks(struct str s, size_t at, const char *picture, size_t len)
{
	if (at > s.len || s.len - at < len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = s.data[at + i];

		if (picture[i] == '0' ? !scan_is_digit(c) : c != picture[i])
			return false;
	}
	return true;
}

#define LOOKS(s, at, picture) looks(s, at, picture, sizeof(picture) - 1)

unsigned stamp_month(const char name[3])
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned i = 0; i < 12; i++)
		if (memcmp(names + 3 * i, name, 3) == 0)
			return i + 1;
	return 0;
}

/*
 * Whether a month and a blank are at p. The sum of the second and the third letter is another one for each month, and
 * four NUL have the sum 0, which is no month's.
 */
static inline bool is_month(const char *p)
{
	static const char names[32][5] = {
		[0] = "none",  [1] = "Jul ",  [2] = "Apr ",  [3] = "Jun ",  [5] = "Nov ",  [7] = "Feb ",  [8] = "Dec ",
		[15] = "Jan ", [19] = "Mar ", [21] = "Sep ", [23] = "Oct ", [26] = "May ", [28] = "Aug ",
	};

	return memcmp(p, names[((unsigned char)p[1] + (unsigned char)p[2]) % 32u], 4) == 0;
}

static bool is_weekday(const char *p)
{
	static const char names[] = "MonTueWedThuFriSatSun";

	for (unsigned i = 0; i < 7; i++)
		if (memcmp(names + 3 * i, p, 3) == 0)
			return true;
	return false;
}

static size_t digits_at(struct str s, size_t at)
{
	size_t from = at;

	while (at < s.len && scan_is_digit(s.data[at]))
		at++;
	return at - from;
}

/* The length of a fraction of a second at the offset `at`: "." or "," and digits. */
static size_t fraction_at(struct str s, size_t at)
{
	if (at >= s.len || (s.data[at] != '.' && s.data[at] != ','))
		return 0;
	size_t digits = digits_at(s, at + 1);

	return digits ? digits + 1 : 0;
}

#define CLASSIC 15u /* bytes of "Nov 22 11:58:01" */

/* Whether "dd hh:mm:ss" is behind the month at p; the day's first digit may be a blank. */
static inline bool has_classic_rest(const char *p)
{
	return p[6] == ' ' && scan_is_digit(p[5]) && (p[4] == ' ' || scan_is_digit(p[4])) && scan_is_clock(p + 7);
}

/* Whether the line begins as most lines do: a classic stamp, and behind a blank a word that is no year and no "PM". */
static inline bool is_usual(struct str line)
{
	return line.len > CLASSIC + 2 && is_month(line.data) && has_classic_rest(line.data) &&
	       line.data[CLASSIC] == ' ' && !scan_is_digit(line.data[CLASSIC + 1]) && line.data[CLASSIC + 2] != 'M';
}

/*
 * The length of " AM" or " PM" at the offset `at`, behind the seconds of an hour from 1 to 12 (syslog-ng's ${AMPM}). A
 * host of this name, which would be in small letters, is no half of a day.
 */
static size_t half_at(struct str s, size_t at)
{
	if (s.len < at + 4 || s.data[at + 2] != 'M' || s.data[at + 3] != ' ' ||
	    (s.data[at + 1] != 'A' && s.data[at + 1] != 'P'))
		return 0;
	unsigned hour = scan_two(s.data + at - 8);

	return hour >= 1 && hour <= 12 ? 3 : 0;
}

/* The end of a stamp "Mmm [d]d [yyyy ]hh:mm:ss[.f][ yyyy]" that begins at `at`. 0: none begins there. */
static size_t classic_end(struct str s, size_t at)
{
	if (s.len < at + 14 || !is_month(s.data + at))
		return 0;
	if (s.len >= at + CLASSIC && has_classic_rest(s.data + at)) {
		at += CLASSIC;
	} else {
		at += s.data[at + 4] == ' ' ? 5 : 4;
		size_t digits = digits_at(s, at);

		if (digits < 1 || digits > 2 || at + digits >= s.len || s.data[at + digits] != ' ')
			return 0;
		at += digits + 1;
		if (LOOKS(s, at, "0000 "))
			at += 5;
		if (!LOOKS(s, at, "00:00:00"))
			return 0;
		at += 8;
	}
	at += half_at(s, at);
	at += fraction_at(s, at);
	if (LOOKS(s, at, " 0000 ") && s.data[at + 1] != '0')
		return at + 5;
	return at;
}

/* The end of a zone that begins at `at`: "+00:00", "+0000", "+00", "Z" or nothing. */
static size_t zone_end(struct str s, size_t at)
{
	if (at >= s.len)
		return at;
	if (s.data[at] == 'Z' || s.data[at] == 'z')
		return at + 1;
	if (s.data[at] != '+' && s.data[at] != '-')
		return at;
	if (s.len >= at + 6 && s.data[at + 3] == ':' && scan_is_digit(s.data[at + 1]) &&
	    scan_is_digit(s.data[at + 2]) && scan_is_digit(s.data[at + 4]) && scan_is_digit(s.data[at + 5]))
		return at + 6;
	if (LOOKS(s, at + 1, "0000"))
		return at + 5;
	return LOOKS(s, at + 1, "00") ? at + 3 : at;
}

/* Whether ".000000+00:00" is at p, the form that rsyslog and journalctl write. It takes two loads. */
static inline bool is_usual_end(const char *p)
{
	return p[0] == '.' && (p[7] == '+' || p[7] == '-') && p[10] == ':' &&
	       scan_others(scan_load(p + 1)) << 16 == 0 &&
	       scan_others(scan_load(p + 5)) == UINT64_C(0x0000800000800000); /* p[7] and p[10] */
}

#define WRITTEN_OUT 32u /* bytes of "2026-11-22T11:58:01.123456+00:00" */

/* Whether the line begins with such a stamp, the other one that most lines have. */
static inline bool is_written_out(struct str line)
{
	return line.len >= WRITTEN_OUT && scan_is_date(line.data) && scan_is_clock(line.data + 11) &&
	       line.data[10] == 'T' && is_usual_end(line.data + 19);
}

/* The end of " +0000", " UTC" or another zone of three or four letters, as in " CET": they end with a T. */
static size_t spaced_zone_end(struct str s, size_t at)
{
	size_t end = at + 1;

	if (end >= s.len || s.data[at] != ' ')
		return at;
	if (zone_end(s, end) > end + 1)
		end = zone_end(s, end);
	else if (str_starts(str_sub(s, end, SIZE_MAX), STR("UTC")))
		end += 3;
	else
		while (end < s.len && s.data[end] >= 'A' && s.data[end] <= 'Z')
			end++;
	bool letters = s.data[end - 1] >= 'A' && s.data[end - 1] <= 'Z';
	bool named = end - at >= 4 && end - at <= 5 && (s.data[end - 1] == 'T' || s.data[end - 1] == 'C');

	return (letters ? named : end > at + 1) && (end == s.len || s.data[end] == ' ') ? end : at;
}

static size_t iso_end(struct str s, size_t at)
{
	if (s.len < at + 19 || !scan_is_date(s.data + at) || !scan_is_clock(s.data + at + 11) ||
	    (s.data[at + 10] != 'T' && s.data[at + 10] != ' ' && s.data[at + 10] != 't' && s.data[at + 10] != '_'))
		return 0;
	at += 19;
	if (s.len >= at + 13 && is_usual_end(s.data + at))
		return at + 13;
	at += fraction_at(s, at);
	size_t end = zone_end(s, at);

	return end == at ? spaced_zone_end(s, at) : end;
}

/*
 * The end of "1795348681" or "1795348681.123456" (journalctl -o short-unix, rsyslog's date-unixtimestamp), or of
 * milliseconds, "1795348681123".
 */
static size_t unix_end(struct str s)
{
	size_t digits = digits_at(s, 0), end = digits == 10 ? 10 + fraction_at(s, 10) : digits == 13 ? 13 : 0;

	return end && end < s.len && s.data[end] == ' ' ? end : 0;
}

/* The end of "@4000000067402c0b12345678", TAI64N. */
static size_t tai_end(struct str s)
{
	size_t at = 1;

	while (at < s.len && at < 25 && hex_digit_lower(s.data[at]) >= 0)
		at++;
	return at == 25 && LOOKS(s, 1, "4") ? at : 0;
}

static size_t skip_blanks(struct str s, size_t at)
{
	while (at < s.len && s.data[at] == ' ')
		at++;
	return at;
}

/*
 * The end of "[   12.345678]" (the kernel, journalctl -o short-monotonic), "[   12.345678 <    0.001234 >]"
 * (short-delta) or, of its first line, "[   12.345678                ]". The fraction may have fewer digits or more.
 */
static size_t uptime_end(struct str s)
{
	size_t at = skip_blanks(s, 1), digits = digits_at(s, at), fraction = fraction_at(s, at + digits);

	if (digits == 0 || digits > 10 || fraction < 2 || fraction > 10)
		return 0;
	at = skip_blanks(s, at + digits + fraction);
	if (LOOKS(s, at, "<")) { /* how long after the line before */
		at = skip_blanks(s, at + 1);
		at += digits_at(s, at);
		at += fraction_at(s, at);
		if (!LOOKS(s, at, " >"))
			return 0;
		at += 2;
	}
	return LOOKS(s, at, "]") ? at + 1 : 0;
}

/* "2026 Nov 22 10:00:03": the year stands first. */
static size_t year_first_end(struct str s)
{
	return LOOKS(s, 0, "0000 ") ? classic_end(s, 5) : 0;
}

static RARE size_t unusual_length(struct str line)
{
	if (line.len < 14)
		return 0;
	if (scan_is_digit(line.data[0])) {
		size_t iso = iso_end(line, 0), unix = iso ? 0 : unix_end(line);

		return iso ? iso : unix ? unix : year_first_end(line);
	}
	if (line.data[0] == '@')
		return tai_end(line);
	if (line.data[0] == '[')
		return uptime_end(line);
	size_t end = classic_end(line, 0);

	if (end || line.data[3] != ' ' || !is_weekday(line.data))
		return end;
	if (is_month(line.data + 4))
		return classic_end(line, 4);
	end = iso_end(line, 4);
	if (end && end + 1 < line.len && line.data[end] == ' ') {
		size_t zone = end + 1;

		if (zone_end(line, zone) > zone + 1) /* zones without a name: "-03" */
			return zone_end(line, zone);
		while (zone < line.len && zone - end < 7 && line.data[zone] >= 'A' && line.data[zone] <= 'Z')
			zone++;
		if (zone - end > 3 && (zone == line.len || line.data[zone] == ' '))
			return zone;
	}
	return end;
}

size_t stamp_length(struct str line)
{
	if (is_usual(line))
		return CLASSIC;
	return is_written_out(line) ? WRITTEN_OUT : unusual_length(line);
}

int64_t stamp_days(int64_t year, unsigned month, unsigned day)
{
	return days_from_date(year, month, day);
}

/* Read a zone, as seconds east of Greenwich. False: there is none at `at`. */
static bool zone_seconds(struct str s, size_t at, int64_t *out)
{
	at += at + 1 < s.len && s.data[at] == ' ' && zone_end(s, at + 1) > at + 1; /* "Sun 2026-11-22 11:58:01 -03" */
	size_t end = zone_end(s, at);

	*out = 0;
	if (end == at)
		return str_equal(str_sub(s, at, SIZE_MAX), STR(" UTC")) ||
		       str_equal(str_sub(s, at, SIZE_MAX), STR(" GMT"));
	if (end - at == 1)
		return true;
	size_t minute_at = end - at == 6 ? at + 4 : at + 3;

	*out = (int64_t)scan_two(s.data + at + 1) * 3600;
	if (end - at > 3)
		*out += (int64_t)scan_two(s.data + minute_at) * 60;
	if (s.data[at] == '-')
		*out = -*out;
	return true;
}

/* Read a fraction such as ".123456" as microseconds. Further digits are dropped. */
static uint32_t micros_of(struct str fraction)
{
	static const uint32_t scales[] = {0, 100000, 10000, 1000, 100, 10, 1};
	uint32_t value;
	size_t digits = scan_number(str_sub(fraction, 1, 6), &value);

	return value * scales[digits];
}

/* TAI64N counts from 2^62 at 1970; what daemons write is ten seconds ahead of UTC for ever, without leap seconds. */
static int64_t tai_us(struct str stamp)
{
	uint64_t seconds = 0;
	uint32_t nanos = 0;

	for (size_t i = 1; i < 25; i++) {
		unsigned digit = (unsigned)hex_digit_lower(stamp.data[i]);

		if (i <= 16)
			seconds = seconds << 4 | digit;
		else
			nanos = nanos << 4 | digit;
	}
	seconds -= (UINT64_C(1) << 62) + 10;
	return seconds < UINT64_C(1) << 40 && nanos < 1000000000 ? (int64_t)seconds * SECOND_US + nanos / 1000 : 0;
}

static int64_t unix_us(struct str stamp)
{
	uint64_t seconds = 0;

	if (str_number(str_sub(stamp, 0, 10), INT64_MAX, &seconds) != ERR_OK)
		return 0;
	if (stamp.len == 13 && scan_is_digit(stamp.data[10]))
		return (int64_t)seconds * SECOND_US + micros_of(str_sub(stamp, 9, 4));
	return (int64_t)seconds * SECOND_US + (stamp.len > 10 ? micros_of(str_sub(stamp, 10, SIZE_MAX)) : 0);
}

/* As stamp_us(), of a stamp that is not a classic one. */
static RARE int64_t written_us(struct str stamp)
{
	if (stamp.len == 25 && stamp.data[0] == '@')
		return tai_us(stamp);
	/* Ten digits of seconds in brackets are no time since the start. */
	if (str_starts(stamp, STR("[")) && LOOKS(stamp, 1, "0000000000"))
		return unix_us(str_sub(stamp, 1, stamp.len - 2));
	size_t at = stamp.len > 4 && stamp.data[3] == ' ' ? 4 : 0;
	int64_t zone = 0;

	if (at == 0 && LOOKS(stamp, 0, "0000000000"))
		return unix_us(stamp);
	if (stamp.len < at + 19 || stamp.data[at + 4] != '-')
		return 0;
	const char *p = stamp.data + at;
	unsigned year = scan_two(p) * 100 + scan_two(p + 2), month = scan_two(p + 5), day = scan_two(p + 8);
	unsigned hour = scan_two(p + 11), minute = scan_two(p + 14), second = scan_two(p + 17);

	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
		return 0;
	struct str tail = str_sub(stamp, at + 19, SIZE_MAX);
	bool usual = tail.len == 13 && memcmp(tail.data + 7, "+00:00", 6) == 0;
	size_t fraction = usual ? 7 : fraction_at(tail, 0);

	if (!usual && !zone_seconds(tail, fraction, &zone))
		return 0;
	uint32_t micros = usual ? scan_value(scan_load(tail.data + 1) << 16) : micros_of(str_sub(tail, 0, fraction));
	int64_t seconds = stamp_days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone;

	return seconds * SECOND_US + micros;
}

int64_t stamp_us(struct str stamp)
{
	return stamp.len == CLASSIC && stamp.data[3] == ' ' ? 0 : written_us(stamp);
}
