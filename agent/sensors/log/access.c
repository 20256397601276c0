/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the lines of declared access logs from both ends. What an answer means for a log-in, http_answer.c knows. */
#include "agent/sensors/log/access.h"

#include "agent/base/now.h"
#include "agent/sensors/log/access_json.h"
#include "agent/sensors/log/http.h"
#include "agent/sensors/log/http_answer.h"
#include "agent/sensors/log/stamp.h"

#define REQUEST_BYTES 1024
#define DATES_FROM_S UINT64_C(1000000000) /* the year 2001: a smaller number is no time */

static char request_memory[REQUEST_BYTES];

/* Whether the quote at `at` is part of a text: behind an odd number of backslashes. */
static bool is_escaped(struct str s, size_t at)
{
	size_t slashes = 0;

	while (slashes < at && s.data[at - slashes - 1] == '\\')
		slashes++;
	return slashes % 2 == 1;
}

static struct str take_front(struct str *s, const struct access_part *p)
{
	size_t len = 0;

	if (p->quoted)
		while (len < s->len && (s->data[len] != '"' || is_escaped(*s, len)))
			len++;
	else
		while (len < s->len && access_format_has((enum access_class)p->class, s->data[len]))
			len++;
	struct str value = str_sub(*s, 0, len);

	*s = str_sub(*s, len, SIZE_MAX);
	return value;
}

static struct str take_back(struct str *s, const struct access_part *p)
{
	size_t at = s->len;

	if (p->quoted)
		while (at > 0 && (s->data[at - 1] != '"' || is_escaped(*s, at - 1)))
			at--;
	else
		while (at > 0 && access_format_has((enum access_class)p->class, s->data[at - 1]))
			at--;
	struct str value = str_sub(*s, at, SIZE_MAX);

	s->len = at;
	return value;
}

/* Note the value of a part, or read a run of them from its front. False: the run does not have its form. */
static bool note(const struct access_format *f, const struct access_part *p, struct str value,
		 struct access_values *out)
{
	out->field[p->field] = value;
	for (unsigned n = 0; n < p->run_known; n++) {
		const struct access_part *inner = &f->inner[p->run_at + n];

		if (!str_take(&value, inner->before))
			return false;
		out->field[inner->field] = take_front(&value, inner);
	}
	return true;
}

/* What is between the certain parts: the user alone, or behind one host, which has no blank. */
static void take_middle(const struct access_format *f, struct str middle, struct access_values *out)
{
	const struct access_part *first = &f->parts[f->front];
	unsigned count = f->count - f->front - f->back;

	if (count == 2 && first->class == ACCESS_CLASS_HOST && str_equal(first[1].before, STR(" "))) {
		str_cut(&middle, ' ');
		first++;
		count--;
	}
	if (count == 1)
		out->field[first->field] = middle;
}

static bool read_text(const struct access_format *f, struct str s, struct access_values *out)
{
	unsigned i = 0;

	for (; i < f->front; i++) {
		if (!str_take(&s, f->parts[i].before) || !note(f, &f->parts[i], take_front(&s, &f->parts[i]), out))
			return false;
	}
	if (i < f->count && !str_take(&s, f->parts[i].before))
		return false;
	if (!str_take_back(&s, f->after))
		return false;
	for (i = f->count; i + f->back > f->count; i--) {
		const struct access_part *p = &f->parts[i - 1];
		/* The text before the last of these was taken from the front, if nothing is between. */
		bool taken = i - 1 == f->front;

		if (!note(f, p, take_back(&s, p), out) || (!taken && !str_take_back(&s, p->before)))
			return false;
	}
	if (i == f->front)
		return s.len == 0;
	take_middle(f, s, out);
	return true;
}

static bool read_values(const struct access_log *log, struct str line, struct access_values *out)
{
	static const uint8_t services[] = {SERVICE_NGINX, SERVICE_OTHER, SERVICE_LIGHTTPD};

	if (!log->format || log->format->syntax == ACCESS_JSON)
		return access_json_read(log->format, line, out);
	*out = (struct access_values){.service = services[log->format->syntax], .name = STR("apache")};
	return read_text(log->format, line, out);
}

bool access_is_proxy(const struct access_log *log, const struct addr *a)
{
	for (unsigned i = 0; i < log->proxy_count; i++)
		if (addr_contains(&log->proxies[i], a))
			return true;
	return false;
}

static bool is_port(struct str s)
{
	uint64_t port;

	return s.len <= 5 && str_number(s, UINT16_MAX, &port) == ERR_OK;
}

/* "A", "A:N" of IPv4, "[A]", "[A]:N": servers in Go and some proxies write the client's port, too. */
static bool read_address(struct str text, struct addr *out)
{
	struct str rest = text;

	if (addr_parse(text, out) == ERR_OK)
		return true;
	if (str_take(&rest, STR("["))) {
		if (str_find_byte(rest, ']') == SIZE_MAX)
			return false;
		text = str_cut(&rest, ']');
		return (rest.len == 0 || (str_take(&rest, STR(":")) && is_port(rest))) &&
		       addr_parse(text, out) == ERR_OK;
	}
	struct str host = str_cut(&rest, ':');

	return is_port(rest) && addr_parse(host, out) == ERR_OK;
}

/* Take the last element of a list that is not empty (RFC 9110 5.6.1). */
static struct str take_last(struct str *list)
{
	struct str last;

	do {
		size_t comma = str_find_back(*list, STR(","));

		last = str_trim(comma == SIZE_MAX ? *list : str_sub(*list, comma + 1, SIZE_MAX));
		*list = str_sub(*list, 0, comma == SIZE_MAX ? 0 : comma);
	} while (last.len == 0 && list->len);
	return last;
}

/* The client behind trusted proxies: the last address of the list that is none of theirs. */
static struct addr find_client(const struct access_log *log, const struct access_values *v)
{
	struct str list = v->field[ACCESS_FORWARDED];
	struct addr a;

	if (!read_address(v->field[ACCESS_SRC], &a))
		return (struct addr){0};
	while (access_is_proxy(log, &a))
		if (!read_address(take_last(&list), &a))
			return (struct addr){0};
	return a;
}

static bool is_said(struct str value)
{
	return value.len && !str_equal(value, STR("-"));
}

/* Method and URL as one text; of a long one the beginning. */
static struct str request_of(const struct access_values *v)
{
	struct buf b = buf_over(request_memory, sizeof(request_memory));

	if (v->field[ACCESS_REQUEST].len)
		return v->field[ACCESS_REQUEST];
	buf_put(&b, str_sub(v->field[ACCESS_METHOD], 0, 32));
	buf_char(&b, ' ');
	buf_put(&b, str_sub(v->field[ACCESS_URL], 0, REQUEST_BYTES - 40));
	return buf_str(&b);
}

/* "1795348681.123", or a whole number of milli-, micro- or nanoseconds, which has as many digits more. */
static int64_t number_us(struct str s)
{
	struct str whole = str_cut(&s, '.');
	uint64_t value = 0;

	if (str_number(whole, INT64_MAX, &value) != ERR_OK || value < DATES_FROM_S)
		return 0;
	if (value < DATES_FROM_S * 100)
		return (int64_t)(value * SECOND_US);
	if (value < DATES_FROM_S * 100 * 1000)
		return (int64_t)(value * 1000);
	return (int64_t)(value < DATES_FROM_S * 100 * 1000000 ? value : value / 1000);
}

static int64_t time_of(struct str s)
{
	int64_t us = http_time_us(s);

	if (us == 0 && stamp_length(s) == s.len)
		us = stamp_us(s);
	return us ? us : number_us(s);
}

enum access_reading access_decode(const struct access_log *log, struct str line, struct event *out)
{
	struct auth_event *a = &out->auth;
	struct access_values v;

	if (!read_values(log, line, &v))
		return ACCESS_STRANGE;
	struct str challenge = v.field[ACCESS_CHALLENGE];
	bool asks = str_starts(challenge, STR("Basic")) || str_starts(challenge, STR("Digest"));
	struct http_answer answer = {v.field[ACCESS_STATUS], request_of(&v), is_said(v.field[ACCESS_USER])};

	/* What a session's token was refused for is no guess: it may have ended. */
	answer.named |= asks && is_said(v.field[ACCESS_CREDENTIALS]);
	out->stamp_us = time_of(v.field[ACCESS_TIME]);
	if (!http_answer_judge(&answer, a))
		return ACCESS_NOTHING;
	a->service = v.service;
	a->service_name = v.service == SERVICE_OTHER ? v.name : STR_NONE;
	a->shared = true;
	a->src = find_client(log, &v);
	if (is_said(v.field[ACCESS_USER]))
		a->user = v.field[ACCESS_USER];
	return a->src.family || a->outcome != AUTH_INFO ? ACCESS_EVENT : ACCESS_NOTHING;
}
