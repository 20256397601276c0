/* SPDX-License-Identifier: Apache-2.0 */
/* Walks DER (X.690). Every length is held against what is there. */
#include "agent/actor/audit/audit_expiry.h"

#include "agent/actor/audit/audit_dates.h"

enum tag { INTEGER = 0x02, UTC_TIME = 0x17, GENERALIZED_TIME = 0x18, SEQUENCE = 0x30, VERSION = 0xa0 };

static uint8_t byte_at(struct str s, size_t at)
{
	return (uint8_t)s.data[at];
}

/* Take an element from the front. False: there is no whole one. */
static bool take(struct str *rest, uint8_t *tag, struct str *body)
{
	size_t head = 2, len;

	if (rest->len < head)
		return false;
	*tag = byte_at(*rest, 0);
	len = byte_at(*rest, 1);
	if (len > 0x80 && len <= 0x83) {
		size_t more = len - 0x80;

		len = 0;
		if (rest->len < head + more)
			return false;
		for (size_t i = 0; i < more; i++)
			len = len << 8 | byte_at(*rest, head + i);
		head += more;
	} else if (len >= 0x80) {
		return false;
	}
	if (rest->len - head < len)
		return false;
	*body = str_sub(*rest, head, len);
	*rest = str_sub(*rest, head + len, SIZE_MAX);
	return true;
}

static bool take_tagged(struct str *rest, uint8_t wanted, struct str *body)
{
	uint8_t tag;

	return take(rest, &tag, body) && tag == wanted;
}

static bool read_number(struct str *text, size_t len, unsigned *out)
{
	uint64_t number;

	if (text->len < len || str_number(str_sub(*text, 0, len), 9999, &number) != ERR_OK)
		return false;
	*out = (unsigned)number;
	*text = str_sub(*text, len, SIZE_MAX);
	return true;
}

/* "YYMMDDhhmmssZ", where YY from 50 on is 19YY, or "YYYYMMDDhhmmssZ". */
static bool take_time(struct str *rest, int64_t *out_s)
{
	struct audit_date d;
	unsigned hour, minute, second;
	struct str text;
	uint8_t tag;

	if (!take(rest, &tag, &text) || (tag != UTC_TIME && tag != GENERALIZED_TIME) ||
	    !read_number(&text, tag == UTC_TIME ? 2 : 4, &d.year) || !read_number(&text, 2, &d.month) ||
	    !read_number(&text, 2, &d.day) || !read_number(&text, 2, &hour) || !read_number(&text, 2, &minute) ||
	    !read_number(&text, 2, &second) || !str_equal(text, STR("Z")))
		return false;
	if (tag == UTC_TIME)
		d.year += d.year < 50 ? 2000 : 1900;
	if (d.year < 1950 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 || hour > 23 || minute > 59 ||
	    second > 60)
		return false;
	*out_s = audit_dates_s(&d) + hour * 3600 + minute * 60 + second;
	return true;
}

bool audit_expiry_read(struct str der, struct audit_expiry *out)
{
	struct str certificate, rest, body;
	uint8_t tag;

	if (!take_tagged(&der, SEQUENCE, &certificate) || !take_tagged(&certificate, SEQUENCE, &rest) ||
	    !take(&rest, &tag, &body))
		return false;
	/* Version 1 does not say its version. */
	if (tag == VERSION && !take(&rest, &tag, &body))
		return false;
	/* The serial number; the signature's algorithm; the issuer. */
	return tag == INTEGER && take_tagged(&rest, SEQUENCE, &body) && take_tagged(&rest, SEQUENCE, &body) &&
	       take_tagged(&rest, SEQUENCE, &body) && take_time(&body, &out->from_s) && take_time(&body, &out->until_s);
}
