/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a declared format apart, once at start, and finds out what in it is certain. It sees no line of a log. */
#include "agent/common/access_format.h"

#include "agent/base/buf.h"
#include "agent/common/access_names.h"

#include <stdio.h>
#include <string.h>

static enum err refuse(char why[ACCESS_WHY_MAX], const char *text)
{
	snprintf(why, ACCESS_WHY_MAX, "%s", text);
	return ERR_INVALID;
}

bool access_format_has(enum access_class class, char c)
{
	bool digit = (unsigned char)(c - '0') < 10, letter = (unsigned char)((c | 0x20) - 'a') < 26;

	switch (class) {
	case ACCESS_CLASS_NUMBER: return digit || c == '.' || c == '-';
	case ACCESS_CLASS_NAME: return digit || letter || c == '.' || c == '-' || c == '_';
	case ACCESS_CLASS_ADDRESS: return digit || letter || (c && strchr(".:%-_", c));
	case ACCESS_CLASS_WORD:
	case ACCESS_CLASS_HOST: return digit || letter || (c && strchr(".:%-_/+@~", c));
	case ACCESS_CLASS_TOKEN: return digit || letter || (c && strchr("!#$%&'*+-.^_`|~", c));
	case ACCESS_CLASS_DATE: return digit || letter || (c && strchr(".:,/+-_ ", c));
	case ACCESS_CLASS_LIST: return digit || letter || (c && strchr(".:,%-_/+@~[] ", c));
	default: return true;
	}
}

/* Move a text into the format's memory. What does not fit is lost, and the caller sees `used` at its limit. */
static struct str keep(struct access_format *f, struct str text)
{
	if (text.len > sizeof(f->memory) - f->used)
		text.len = sizeof(f->memory) - f->used;
	memmove(f->memory + f->used, text.data, text.len);
	f->used += text.len;
	return (struct str){f->memory + f->used - text.len, text.len};
}

/* Take the text before the next variable; what the syntax escapes stands for itself. */
static struct str take_literal(struct access_format *f, struct str *rest)
{
	char sign = f->syntax == ACCESS_NGINX ? '$' : '%';
	size_t from = f->used;

	while (rest->len && f->used < sizeof(f->memory)) {
		char c = rest->data[0];
		char next = rest->len > 1 ? rest->data[1] : '\0';
		bool escapes = (c == '\\' && (next == '"' || next == '\\' || next == 't')) ||
			       (c == '%' && next == '%' && sign == '%');

		if (c == sign && !escapes)
			break;
		if (escapes)
			c = next == 't' ? '\t' : next;
		*rest = str_sub(*rest, escapes ? 2 : 1, SIZE_MAX);
		f->memory[f->used++] = c;
	}
	return (struct str){f->memory + from, f->used - from};
}

static enum err take_parts(struct access_format *f, struct str text, char why[ACCESS_WHY_MAX])
{
	for (;;) {
		struct str literal = take_literal(f, &text);

		if (f->used == sizeof(f->memory))
			return refuse(why, "is too long");
		if (text.len == 0) {
			f->after = literal;
			return ERR_OK;
		}
		if (f->count == ACCESS_PARTS_MAX)
			return refuse(why, "has more than 40 variables");
		struct access_part *p = &f->parts[f->count++];

		p->before = literal;
		if (!access_names_take((enum access_syntax)f->syntax, &text, p))
			return refuse(why, "has a variable without a name");
	}
}

/* Apache's and lighttpd's %t writes its brackets itself. */
static void add_brackets(struct access_format *f)
{
	for (unsigned i = 0; f->syntax != ACCESS_NGINX && i < f->count; i++) {
		struct access_part *p = &f->parts[i];
		struct str *after = i + 1 < f->count ? &f->parts[i + 1].before : &f->after;

		if (p->field != ACCESS_TIME)
			continue;
		size_t from = f->used;

		keep(f, p->before);
		keep(f, STR("["));
		p->before = (struct str){f->memory + from, f->used - from};
		from = f->used;
		keep(f, STR("]"));
		keep(f, *after);
		*after = (struct str){f->memory + from, f->used - from};
	}
}

static const struct str *behind(const struct access_format *f, unsigned i)
{
	return i + 1 < f->count ? &f->parts[i + 1].before : &f->after;
}

static void find_quoted(struct access_format *f)
{
	for (unsigned i = 0; i < f->count; i++)
		f->parts[i].quoted = !f->unescaped && str_ends(f->parts[i].before, STR("\"")) &&
				     str_starts(*behind(f, i), STR("\""));
}

static bool all_in(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!access_format_has(ACCESS_CLASS_LIST, text.data[i]))
			return false;
	return true;
}

static bool is_servers(const struct access_part *p)
{
	return p->class <= ACCESS_CLASS_LIST && !p->quoted;
}

/* How many parts from the i-th on are a run: the server's, with nothing between them that ends a list. 0: no list. */
static unsigned run_length(const struct access_format *f, unsigned i)
{
	unsigned len = 0;
	bool list = false;

	while (i + len < f->count && is_servers(&f->parts[i + len]) && (len == 0 || all_in(f->parts[i + len].before)))
		list |= f->parts[i + len++].class == ACCESS_CLASS_LIST;
	return list ? len : 0;
}

/* Put the parts of each run into `inner`, and one part into their place. */
static void join_runs(struct access_format *f)
{
	unsigned inner = 0;

	for (unsigned i = 0; i < f->count; i++) {
		struct access_part *p = &f->parts[i];
		unsigned len = run_length(f, i), known = 0;

		if (len == 0)
			continue;
		memcpy(&f->inner[inner], p, len * sizeof(*p));
		f->inner[inner].before = STR_NONE; /* what is left of it when the run's ends are known */
		while (known + 1 < len && p[known + 1].before.len &&
		       !access_format_has((enum access_class)p[known].class, p[known + 1].before.data[0]))
			known++;
		memmove(p + 1, p + len, (f->count - i - len) * sizeof(*p));
		f->count = (uint8_t)(f->count - (len - 1));
		p->field = ACCESS_OTHER;
		p->class = ACCESS_CLASS_LIST;
		p->run = (uint8_t)len;
		p->run_at = (uint8_t)inner;
		p->run_known = (uint8_t)known;
		inner += len;
	}
}

/* The blanks around a run are taken as its own, where what is left of the texts still tells where it ends. */
static void widen_runs(struct access_format *f)
{
	for (unsigned i = 0; i < f->count; i++) {
		struct str *before = &f->parts[i].before, whole = *before;
		struct str *after = i + 1 < f->count ? &f->parts[i + 1].before : &f->after;

		if (f->parts[i].run == 0)
			continue;
		if (!all_in(*before))
			while (access_format_has(ACCESS_CLASS_LIST, before->data[before->len - 1]))
				before->len--;
		f->inner[f->parts[i].run_at].before = str_sub(whole, before->len, SIZE_MAX);
		if (!all_in(*after))
			while (access_format_has(ACCESS_CLASS_LIST, after->data[0]))
				*after = str_sub(*after, 1, SIZE_MAX);
	}
}

/* Whether the end of a part is certain to who comes from the front, or its beginning to who comes from the back. */
static bool is_certain(const struct access_part *p, struct str next, bool outermost, char border)
{
	if (p->quoted)
		return true;
	if (p->class >= ACCESS_CLASS_HOST)
		return false;
	return next.len ? !access_format_has(p->class, border) : outermost;
}

static void find_certain(struct access_format *f)
{
	unsigned i;

	for (i = 0; i < f->count; i++) {
		struct str next = *behind(f, i);

		if (!is_certain(&f->parts[i], next, i + 1u == f->count, next.len ? next.data[0] : '\0'))
			break;
	}
	f->front = (uint8_t)i;
	for (i = f->count; i > f->front; i--) {
		struct str before = f->parts[i - 1].before;

		if (!is_certain(&f->parts[i - 1], before, i == 1, before.len ? before.data[before.len - 1] : '\0'))
			break;
	}
	f->back = (uint8_t)(f->count - i);
}

static bool is_read(const struct access_format *f, unsigned i)
{
	return i < f->front || i + f->back >= f->count;
}

/* How often a field stands there, and how often of these where nothing tells its end. */
static void look_for(const struct access_format *f, uint8_t field, unsigned *found, unsigned *uncertain)
{
	for (unsigned i = 0; i < f->count; i++) {
		const struct access_part *p = &f->parts[i];

		if (p->field == field) {
			++*found;
			*uncertain += !is_read(f, i);
		}
		for (unsigned n = 0; n < p->run; n++)
			if (f->inner[p->run_at + n].field == field) {
				++*found;
				*uncertain += !is_read(f, i) || n >= p->run_known;
			}
	}
}

static enum err need(const struct access_format *f, uint8_t field, const char *name, char why[ACCESS_WHY_MAX])
{
	unsigned found = 0, uncertain = 0;

	look_for(f, field, &found, &uncertain);
	if (found == 1 && !uncertain)
		return ERR_OK;
	if (found == 1)
		snprintf(why, ACCESS_WHY_MAX, "lets a client shift the %s", name);
	else
		snprintf(why, ACCESS_WHY_MAX, "has %s %s", found ? "more than one" : "no", name);
	return ERR_INVALID;
}

/* "src=request.remote_ip status=status ...". */
static enum err take_names(struct access_format *f, struct str text, char why[ACCESS_WHY_MAX])
{
	while ((text = str_trim(text)).len) {
		struct str name = str_cut(&text, ' '), field = str_cut(&name, '=');
		uint8_t at = access_names_field(field);

		if (at == ACCESS_OTHER || name.len == 0)
			return refuse(why, "has a word that is not field=name of a known field");
		if (f->names[at].len)
			return refuse(why, "names one field twice");
		f->names[at] = keep(f, name);
	}
	if (f->names[ACCESS_SRC].len == 0 || f->names[ACCESS_STATUS].len == 0)
		return refuse(why, "needs src= and status=");
	return ERR_OK;
}

/* Take nginx's "escape=...". */
static enum err take_escape(struct str *text, bool *unescaped, char why[ACCESS_WHY_MAX])
{
	if (!str_take(text, STR("escape=")))
		return ERR_OK;
	struct str how = str_cut(text, ' ');

	*unescaped = str_equal(how, STR("none"));
	*text = str_trim(*text);
	if (!*unescaped && !str_equal(how, STR("default")) && !str_equal(how, STR("json")))
		return refuse(why, "has an escape= that is none of default, json and none");
	return text->len ? ERR_OK : refuse(why, "has nothing behind its escape=");
}

/* Join "'PIECE' 'PIECE';" of nginx.conf in `memory`. A text without quotes at its beginning stays as it is. */
static enum err join_pieces(struct str *text, char memory[ACCESS_FORMAT_MAX], char why[ACCESS_WHY_MAX])
{
	struct buf b = buf_over(memory, ACCESS_FORMAT_MAX);
	struct str rest = *text;

	if (!str_starts(rest, STR("'")))
		return ERR_OK;
	str_take_back(&rest, STR(";"));
	while ((rest = str_trim(rest)).len) {
		if (!str_take(&rest, STR("'")))
			return refuse(why, "has a text between its quoted pieces");
		size_t end = str_find_byte(rest, '\'');

		if (end == SIZE_MAX)
			return refuse(why, "has a piece without its closing quote");
		buf_put(&b, str_sub(rest, 0, end));
		rest = str_sub(rest, end + 1, SIZE_MAX);
	}
	*text = buf_str(&b);
	return b.overflow ? refuse(why, "is too long") : ERR_OK;
}

enum err access_format_read(struct str text, struct access_format *out, char why[ACCESS_WHY_MAX])
{
	struct str syntax = str_cut(&text, ' ');
	char joined[ACCESS_FORMAT_MAX];
	enum err err = ERR_OK;

	memset(out, 0, sizeof(*out));
	out->syntax = access_names_syntax(syntax);
	text = str_trim(text);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ')
			return refuse(why, "has a control byte; a tab is written \\t");
	if (out->syntax == ACCESS_SYNTAXES)
		return refuse(why, "is none of nginx, apache, lighttpd and json");
	if (out->syntax == ACCESS_JSON)
		return text.len ? take_names(out, text, why) : ERR_OK;
	if (out->syntax == ACCESS_NGINX)
		err = take_escape(&text, &out->unescaped, why);
	if (err == ERR_OK && out->syntax == ACCESS_NGINX)
		err = join_pieces(&text, joined, why);
	if (err == ERR_OK)
		err = take_parts(out, text.len ? text : access_names_shipped((enum access_syntax)out->syntax), why);

	if (err != ERR_OK)
		return err;
	add_brackets(out);
	if (out->used == sizeof(out->memory))
		return refuse(why, "is too long");
	find_quoted(out);
	join_runs(out);
	widen_runs(out);
	find_certain(out);
	err = need(out, ACCESS_SRC, "client address", why);
	return err == ERR_OK ? need(out, ACCESS_STATUS, "status", why) : err;
}
