/* SPDX-License-Identifier: Apache-2.0 */
/* Reads events of JSON and spreads each into a list of values with their names. Knows no rule. */
#include "server-stub/cli/sigma_events.h"

#include "agent/cli/command.h"
#include "agent/event/kinds.h"
#include "agent/event/recorded.h"
#include "agent/sigma/moment.h"
#include "server-stub/cli/json_numbers.h"
#include "server-stub/cli/opts.h"

#include <jansson.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 1024 /* of a name with its dots */
#define NUMBERS_BYTES (SIGMA_EVENTS_VALUES_MAX * 32)
#define QUOTED_BYTES (SIGMA_EVENTS_LINE_MAX / 4 * 5) /* with two more for each number of 19 digits */
#define NO_VALUE UINT32_MAX

struct entry {
	uint16_t field; /* in the pack; PACK_WHOLE: no rule asks for it */
	uint32_t next;	/* of the same field */
	struct sigma_value value;
};

struct sigma_events {
	FILE *in;
	const char *name;
	const struct pack *pack;
	json_t *object;
	char *line;
	char *quoted; /* the line, large numbers in quotes */
	uint64_t line_number, number;
	struct sigma_event event;
	struct str category, product, service;
	int64_t time_us;
	unsigned time_rank; /* place of the name that the time has */
	uint32_t times;
	uint32_t count;
	struct entry entries[SIGMA_EVENTS_VALUES_MAX];
	uint32_t first[PACK_WHOLE + 1], last[PACK_WHOLE + 1]; /* entries of each field */
	const char *wrong;				      /* what the present line is not */
	char numbers[NUMBERS_BYTES];
	struct buf number_texts;
};

static bool value(const struct sigma_event *event, uint16_t field, unsigned at, struct sigma_value *out)
{
	const struct sigma_events *s = event->context;
	uint32_t i = field == PACK_WHOLE ? at : s->first[field];

	for (; field != PACK_WHOLE && i != NO_VALUE && at > 0; at--)
		i = s->entries[i].next;
	if (i == NO_VALUE || i >= s->count)
		return false;
	*out = s->entries[i].value;
	return true;
}

/* The field of that name in the pack, by search, since names come once per value and packs have few. */
static uint16_t field_of(const struct sigma_events *s, struct str name)
{
	for (uint32_t i = 0; i < pack_count(s->pack, PACK_FIELDS); i++)
		if (str_equal(pack_field(s->pack, i), name))
			return (uint16_t)i;
	return PACK_WHOLE;
}

static void look_for_time(struct sigma_events *s, struct str name, struct sigma_value v)
{
	unsigned rank = recorded_time_rank(name);
	struct moment m;

	if (rank >= s->time_rank || v.is_null || moment_read(v.text, &m) != ERR_OK)
		return;
	s->time_rank = rank;
	s->time_us = m.us;
}

static void add(struct sigma_events *s, struct str name, struct sigma_value v)
{
	uint16_t field = field_of(s, name);

	if (s->count == SIGMA_EVENTS_VALUES_MAX) {
		s->wrong = "has more than 8192 values";
		return;
	}
	look_for_time(s, name, v);
	s->entries[s->count] = (struct entry){field, NO_VALUE, v};
	if (s->first[field] == NO_VALUE)
		s->first[field] = s->count;
	else
		s->entries[s->last[field]].next = s->count;
	s->last[field] = s->count++;
}

/* A number in the fewest digits that give it again. */
static struct str real_text(struct sigma_events *s, double number)
{
	char text[32];
	size_t from = s->number_texts.len;

	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	buf_text(&s->number_texts, text);
	if (!strpbrk(text, ".ein"))
		buf_text(&s->number_texts, ".0");
	return str_sub(buf_str(&s->number_texts), from, SIZE_MAX);
}

static struct str integer_text(struct sigma_events *s, json_int_t number)
{
	size_t from = s->number_texts.len;

	buf_i64(&s->number_texts, number);
	return str_sub(buf_str(&s->number_texts), from, SIZE_MAX);
}

static void add_scalar(struct sigma_events *s, struct str name, json_t *v)
{
	struct sigma_value out = {STR_NONE, false};

	switch (json_typeof(v)) {
	case JSON_STRING: out.text = (struct str){json_string_value(v), json_string_length(v)}; break;
	case JSON_INTEGER: out.text = integer_text(s, json_integer_value(v)); break;
	case JSON_REAL: out.text = real_text(s, json_real_value(v)); break;
	case JSON_TRUE: out.text = STR("true"); break;
	case JSON_FALSE: out.text = STR("false"); break;
	default: out.is_null = true; /* null, an object, a list without elements */
	}
	add(s, name, out);
}

/* The name of a value with its dots, and how deep it stands. */
struct path {
	char name[NAME_MAX_BYTES + 1];
	size_t len;
	unsigned depth;
};

static void spread(struct sigma_events *s, json_t *v, struct path *p);

static void spread_member(struct sigma_events *s, const char *key, json_t *v, struct path *p)
{
	size_t before = p->len, dot = before > 0, len = strlen(key);

	if (before + dot + len > NAME_MAX_BYTES) {
		s->wrong = "has a name of more than 1024 bytes";
		return;
	}
	p->name[before] = '.';
	memcpy(p->name + before + dot, key, len);
	p->len = before + dot + len;
	spread(s, v, p);
	p->len = before;
}

/* Spread a value into entries. */
static void spread(struct sigma_events *s, json_t *v, struct path *p)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (p->depth == SIGMA_EVENTS_DEPTH_MAX) {
		s->wrong = "has objects and lists nested deeper than 32";
		return;
	}
	p->depth++;
	if (json_is_array(v) && json_array_size(v) > 0)
		json_array_foreach(v, i, inner) spread(s, inner, p);
	else if (p->len)
		add_scalar(s, (struct str){p->name, p->len}, v);
	if (json_is_object(v))
		json_object_foreach(v, key, inner) if (p->depth > 1 || strcmp(key, "logsource") != 0)
			spread_member(s, key, inner, p);
	p->depth--;
}

static struct str source_of(json_t *object, const char *key)
{
	json_t *v = json_object_get(json_object_get(object, "logsource"), key);

	return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)} : STR("");
}

/* How many events it is. `count` is that only where the guard could have recorded it, and where no rule asks for it. */
static uint32_t times_of(const struct sigma_events *s)
{
	json_int_t count = json_integer_value(json_object_get(s->object, "count"));
	bool ours = kinds_find(s->category) < EVENT_KINDS && s->service.len == 0 &&
		    (s->product.len == 0 || str_equal_fold(s->product, STR("linux")));

	if (!ours || field_of(s, STR("count")) != PACK_WHOLE || count < 1)
		return 1;
	return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static bool is_blank(const char *line, size_t len)
{
	return strspn(line, " \t\r\n") == len;
}

static int bad(const struct sigma_events *s, const char *why)
{
	return opts_failed(COMMAND_FAILED, "%s:%llu: %s", s->name, (unsigned long long)s->line_number, why);
}

static int load(struct sigma_events *s, size_t len)
{
	json_error_t error;
	char why[JSON_ERROR_TEXT_LENGTH + 32];

	json_decref(s->object);
	s->object = json_loadb(s->line, len, JSON_ALLOW_NUL, &error);
	if (!s->object && json_error_code(&error) == json_error_numeric_overflow) {
		struct buf b = buf_over(s->quoted, QUOTED_BYTES);

		json_numbers_quote(&b, (struct str){s->line, len});
		s->object = json_loadb(b.data, b.len, JSON_ALLOW_NUL, &error);
	}
	if (!s->object) {
		snprintf(why, sizeof(why), "is no JSON: %s", error.text);
		return bad(s, why);
	}
	return json_is_object(s->object) ? OPTS_GO_ON : bad(s, "is no JSON object");
}

static int take_line(struct sigma_events *s, size_t len)
{
	struct path path = {.len = 0};
	int status = load(s, len);

	if (status != OPTS_GO_ON)
		return status;
	s->count = 0;
	s->wrong = NULL;
	s->time_rank = RECORDED_TIME_NAMES;
	s->number_texts = buf_over(s->numbers, sizeof(s->numbers));
	memset(s->first, 0xff, pack_count(s->pack, PACK_FIELDS) * sizeof(s->first[0]));
	s->first[PACK_WHOLE] = NO_VALUE;
	s->category = source_of(s->object, "category");
	s->product = source_of(s->object, "product");
	s->service = source_of(s->object, "service");
	s->times = times_of(s);
	spread(s, s->object, &path);
	if (s->wrong)
		return bad(s, s->wrong);
	s->number++;
	return OPTS_GO_ON;
}

/* Read a line, of which NUL may be a byte as any other; of one that is too long one byte more. False: it was the last.
 */
static bool read_line(struct sigma_events *s, size_t *len)
{
	int c = EOF;

	for (*len = 0; *len <= SIGMA_EVENTS_LINE_MAX && (c = getc_unlocked(s->in)) != EOF && c != '\n';)
		s->line[(*len)++] = (char)c;
	s->line[*len] = '\0';
	return *len > 0 || c != EOF;
}

/* Take away the mark that some editors begin a file with. */
static void take_mark(struct sigma_events *s, size_t *len)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (*len < sizeof(mark) - 1 || memcmp(s->line, mark, sizeof(mark) - 1) != 0)
		return;
	*len -= sizeof(mark) - 1;
	memmove(s->line, s->line + sizeof(mark) - 1, *len + 1);
}

int sigma_events_next(struct sigma_events *s)
{
	size_t len;

	while (read_line(s, &len)) {
		if (s->line_number++ == 0)
			take_mark(s, &len);
		if (len > SIGMA_EVENTS_LINE_MAX)
			return bad(s, "has more than 1048576 bytes");
		if (!is_blank(s->line, len))
			return take_line(s, len);
	}
	if (ferror(s->in))
		return opts_failed(COMMAND_FAILED, "%s: %s", s->name, strerror(errno));
	return COMMAND_OK;
}

struct sigma_events *sigma_events_open(const char *file, const struct pack *pack)
{
	struct sigma_events *s = calloc(1, sizeof(*s));

	if (!s || !(s->line = malloc(SIGMA_EVENTS_LINE_MAX + 2)) || !(s->quoted = malloc(QUOTED_BYTES))) {
		opts_failed(COMMAND_FAILED, "out of memory");
		sigma_events_close(s);
		return NULL;
	}
	s->name = file;
	s->pack = pack;
	s->event = (struct sigma_event){value, s};
	s->in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
	if (!s->in) {
		opts_failed(COMMAND_FAILED, "%s: %s", file, strerror(errno));
		sigma_events_close(s);
		return NULL;
	}
	return s;
}

void sigma_events_close(struct sigma_events *s)
{
	if (!s)
		return;
	json_decref(s->object);
	if (s->in && s->in != stdin)
		fclose(s->in);
	free(s->quoted);
	free(s->line);
	free(s);
}

uint64_t sigma_events_number(const struct sigma_events *s)
{
	return s->number;
}

const struct sigma_event *sigma_events_event(const struct sigma_events *s)
{
	return &s->event;
}

int64_t sigma_events_time_us(const struct sigma_events *s)
{
	return s->time_us;
}

uint32_t sigma_events_times(const struct sigma_events *s)
{
	return s->times;
}

bool sigma_events_applies(const struct sigma_events *s, const struct pack_rule *rule)
{
	return sigma_applies(rule, s->category, s->product, s->service);
}
