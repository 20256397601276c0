/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes the refused requests in access logs of the common and combined formats. Never guesses the format. */
#include "agent/sensors/log/http.h"

#include "agent/base/addr.h"
#include "agent/base/now.h"
#include "agent/sensors/log/http_answer.h"
#include "agent/sensors/log/stamp.h"

#define TEXTS_MAX 3 /* referrer, agent, and X-Forwarded-For (nginx's "main") */

/* Take a text, whose opening quote was taken, and its closing quote. A backslash protects the byte after it. */
static bool skip_quoted(struct str *s)
{
	for (size_t i = 0; i < s->len; i++) {
		if (s->data[i] == '\\') {
			i++;
		} else if (s->data[i] == '"') {
			*s = str_sub(*s, i + 1, SIZE_MAX);
			return true;
		}
	}
	return false;
}

static bool number(struct str s, size_t at, size_t len, int64_t *out)
{
	uint64_t value = 0;

	if (str_number(str_sub(s, at, len), 9999, &value) != ERR_OK)
		return false;
	*out = (int64_t)value;
	return true;
}

int64_t http_time_us(struct str s)
{
	int64_t day, year, hour, minute, second, zone;

	if (s.len != 26 || s.data[2] != '/' || s.data[20] != ' ' || !stamp_month(s.data + 3))
		return 0;
	if (!number(s, 0, 2, &day) || !number(s, 7, 4, &year) || !number(s, 12, 2, &hour) ||
	    !number(s, 15, 2, &minute) || !number(s, 18, 2, &second) || !number(s, 22, 4, &zone))
		return 0;
	if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
		return 0;
	zone = (zone / 100) * 3600 + (zone % 100) * 60;
	if (s.data[21] == '-')
		zone = -zone;
	return (stamp_days(year, stamp_month(s.data + 3), (unsigned)day) * 86400 + hour * 3600 + minute * 60 + second -
		zone) *
	       SECOND_US;
}

/* Whether a word can be a client: an address, also with a zone or a port, or "unix:". */
static bool may_be_peer(struct str word)
{
	struct addr a;

	return addr_parse(word, &a) == ERR_OK || str_find_byte(word, ':') != SIZE_MAX;
}

static bool all_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)(s.data[i] - '0') > 9)
			return false;
	return true;
}

/* Whether a word is the name of a site and cannot be an address: it has a letter, and a colon only before a port. */
static bool is_site(struct str word)
{
	struct str port = word, name = str_cut(&port, ':');
	bool letter = false;
	struct addr a;

	for (size_t i = 0; i < name.len; i++)
		letter = letter || ((unsigned char)((name.data[i] | 0x20) - 'a') < 26);
	return letter && all_digits(port) && (port.len || name.len == word.len) && addr_parse(name, &a) != ERR_OK;
}

/*
 * Whether s is what follows the status: " BYTES" and no, two or three quoted texts, of which none can be the client's
 * address. A log daemon may have cut it anywhere.
 */
static bool known_tail(struct str s, bool may_be_cut)
{
	struct str bytes = str_cut(&s, ' ');
	unsigned texts = 0;
	struct addr peer;

	if ((bytes.len == 0 && !may_be_cut) || (!all_digits(bytes) && !str_equal(bytes, STR("-"))))
		return false;
	for (; s.len; texts++) {
		struct str text = str_sub(s, 1, SIZE_MAX), rest = text;

		if (s.data[0] != '"' || texts == TEXTS_MAX)
			return false;
		if (!skip_quoted(&rest))
			return may_be_cut;
		text.len -= rest.len + 1;
		if (addr_parse(text, &peer) == ERR_OK || (texts == 2 && !str_equal(text, STR("-"))))
			return false;
		if (rest.len && !str_take(&rest, STR(" ")))
			return false;
		s = rest;
	}
	return may_be_cut || texts != 1;
}

/* Read "A - U" or "A SITE U", the part before the time, in which only A can be the client's address. */
static bool known_head(struct str head, struct auth_event *a)
{
	struct str host = str_cut(&head, ' '), site = str_cut(&head, ' ');

	if (!str_equal(site, STR("-")) && !is_site(site))
		return false;
	if (head.len == 0 || str_find_byte(head, ' ') != SIZE_MAX || may_be_peer(head))
		return false;
	if (addr_parse(host, &a->src) != ERR_OK)
		return false;
	if (!str_equal(head, STR("-")))
		a->user = head;
	return true;
}

/* A line of the formats above, apart. */
struct parts {
	struct str head;    /* before the time */
	struct str time;    /* "22/Nov/2026:11:58:01 +0000" */
	struct str request; /* as the client sent it: "GET /x HTTP/1.1" */
	struct str status;
	struct str tail; /* behind the status */
};

static bool take_apart(struct str line, struct parts *p)
{
	size_t quote = str_find_byte(line, '"');

	if (quote == SIZE_MAX || quote < 32 || quote + 8 > line.len)
		return false;
	p->head = str_sub(line, 0, quote);
	p->request = p->tail = str_sub(line, quote + 1, SIZE_MAX);
	if (!str_take_back(&p->head, STR("] ")) || !skip_quoted(&p->tail))
		return false;
	p->request.len -= p->tail.len + 1;
	if (!str_take(&p->tail, STR(" ")))
		return false;
	p->status = str_cut(&p->tail, ' ');
	size_t open = str_find_back(p->head, STR(" ["));

	if (open == SIZE_MAX)
		return false;
	p->time = str_sub(p->head, open + 2, SIZE_MAX);
	p->head.len = open;
	return true;
}

bool http_access(const struct sensor_line *line, struct event *out, bool *sited)
{
	struct auth_event *a = &out->auth;
	struct parts p;

	/* Behind a stamp stands what a container engine has written down (unwrap.h). */
	if (!take_apart(line->message, &p) || (line->program.len == 0 && stamp_length(line->message) > 0))
		return false;
	struct str rest = p.head;

	str_cut(&rest, ' ');
	struct str second = str_cut(&rest, ' ');

	if (rest.len == 0)
		return false;
	*sited = !str_equal(second, STR("-"));
	struct http_answer answer = {.status = p.status, .request = p.request, .named = !str_equal(rest, STR("-"))};

	if (!http_answer_judge(&answer, a))
		return false;
	out->stamp_us = http_time_us(p.time);
	bool known = known_tail(p.tail, line->program.len > 0) && known_head(p.head, a);

	return known || a->outcome != AUTH_INFO;
}

bool http_has_form(struct str line)
{
	struct parts p;

	return take_apart(line, &p) && http_time_us(p.time) != 0;
}

bool http_is_doubtful(struct str line)
{
	struct parts p;
	struct addr a;

	/* What syslog writes is one program's line among those of others. */
	if (line.len == 0 || line.data[0] == '<' || stamp_length(line) > 0)
		return false;
	if (!take_apart(line, &p) || http_time_us(p.time) == 0)
		return false;
	struct str first = str_cut(&p.head, ' ');

	return p.head.len > 0 && !str_equal(first, STR("unix:")) && addr_parse(first, &a) != ERR_OK;
}
