/* SPDX-License-Identifier: Apache-2.0 */
/* Compares decimal numbers digit by digit. Rounds nothing. */
#include "agent/sigma/decimal.h"

struct decimal {
	bool negative;
	struct str whole, fraction;
	int exponent;
	long top; /* place of the first digit that is not 0: 0 for units, 1 for tens, -1 for tenths */
	bool zero;
};

static struct str take_digits(struct str *s)
{
	size_t len = 0;

	while (len < s->len && s->data[len] >= '0' && s->data[len] <= '9')
		len++;
	struct str digits = str_sub(*s, 0, len);

	*s = str_sub(*s, len, SIZE_MAX);
	return digits;
}

static bool take_exponent(struct str *s, int *out)
{
	bool negative;

	*out = 0;
	if (!str_take(s, STR("e")) && !str_take(s, STR("E")))
		return true;
	negative = str_take(s, STR("-"));
	if (!negative)
		(void)str_take(s, STR("+"));
	struct str digits = take_digits(s);

	for (size_t i = 0; i < digits.len; i++)
		*out = *out < 1000 ? *out * 10 + (digits.data[i] - '0') : 1000;
	*out = negative ? -*out : *out;
	return digits.len > 0 && *out < 1000 && *out > -1000;
}

/* The digit at a place; 0 outside of those that are written. */
static int digit(const struct decimal *d, long place)
{
	long at = place - d->exponent;

	if (at >= 0)
		return at < (long)d->whole.len ? d->whole.data[d->whole.len - 1 - (size_t)at] - '0' : 0;
	return -at <= (long)d->fraction.len ? d->fraction.data[-at - 1] - '0' : 0;
}

static bool read(struct str s, struct decimal *d)
{
	d->negative = str_take(&s, STR("-"));
	if (!d->negative)
		(void)str_take(&s, STR("+"));
	d->whole = take_digits(&s);
	d->fraction = STR_NONE;
	if (str_take(&s, STR(".")))
		d->fraction = take_digits(&s);
	if (d->whole.len + d->fraction.len == 0 || !take_exponent(&s, &d->exponent) || s.len)
		return false;
	long last = d->exponent - (long)d->fraction.len;

	d->top = d->exponent + (long)d->whole.len - 1;
	while (d->top >= last && digit(d, d->top) == 0)
		d->top--;
	d->zero = d->top < last;
	return true;
}

bool decimal_valid(struct str text)
{
	struct decimal d;

	return read(text, &d);
}

static int compare_sizes(const struct decimal *a, const struct decimal *b)
{
	long last_a = a->exponent - (long)a->fraction.len, last_b = b->exponent - (long)b->fraction.len;

	if (a->top != b->top)
		return a->top > b->top ? 1 : -1;
	for (long place = a->top; place >= last_a || place >= last_b; place--)
		if (digit(a, place) != digit(b, place))
			return digit(a, place) - digit(b, place);
	return 0;
}

int decimal_compare(struct str one, struct str other)
{
	struct decimal a, b;

	if (!read(one, &a) || !read(other, &b))
		return 0;
	if (a.zero || b.zero)
		return a.zero && b.zero ? 0 : a.zero ? (b.negative ? 1 : -1) : (a.negative ? -1 : 1);
	if (a.negative != b.negative)
		return a.negative ? -1 : 1;
	return a.negative ? -compare_sizes(&a, &b) : compare_sizes(&a, &b);
}
