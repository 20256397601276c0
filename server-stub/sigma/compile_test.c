/* SPDX-License-Identifier: Apache-2.0 */
/* The events that a rule brings along to tell whether it works (key `caltrop`).
 */
#include "server-stub/sigma/compile.h"

#include "server-stub/sigma/detection.h"

#include <stdio.h>

#define VALUE_MAX 4096 /* bytes of a value with its number written */

static const struct {
	const char *key;
	bool matches;
} kinds[] = {{"match", true}, {"ignore", false}};

/* What stands in an event of a sequence beside its fields. */
static bool is_when(struct str key)
{
	return str_equal(key, STR("after")) || str_equal(key, STR("every")) || str_equal(key, STR("times"));
}

/* How often an event comes, and how much later than the one before. */
static bool read_when(const struct doc *event, uint32_t *times, uint32_t *after, uint32_t *every)
{
	const struct doc *t = doc_get(event, "times"), *a = doc_get(event, "after"), *e = doc_get(event, "every");
	uint64_t number = 1;

	*after = *every = 0;
	if (t && (t->kind != DOC_TEXT || str_number(t->text, COMPILE_COUNT_MAX * 2, &number) != ERR_OK))
		return false;
	*times = (uint32_t)number;
	return number > 0 && (!a || compile_span(a, after)) && (!e || compile_span(e, every));
}

static bool check_event(struct compile_rule *r, const struct doc *event)
{
	uint32_t times, after, every;

	if (event->kind != DOC_MAP || event->count == 0)
		return compile_wrong(r, event->line, "has a test event that is no map of fields");
	if (!read_when(event, &times, &after, &every))
		return compile_wrong(r, event->line,
				     "has a test event whose 'times' is no number up to %d, or whose "
				     "'after' or 'every' is no time as 5s",
				     COMPILE_COUNT_MAX * 2);
	for (const struct doc *d = event->first; d; d = d->next) {
		if (d->kind != DOC_TEXT || !d->key.len)
			return compile_wrong(r, d->line, "has a test event with '%.60s' that is no text", d->key.data);
		if (is_when(d->key) && r->kind != COMPILE_CORRELATION)
			return compile_wrong(r, d->line,
					     "has '%.60s' in a test event, which those of correlations only have",
					     d->key.data);
	}
	return true;
}

bool compile_check_tests(struct compile_rule *r)
{
	const struct doc *own = doc_get(r->doc, "caltrop");

	if (!own)
		return true;
	if (own->kind != DOC_MAP)
		return compile_wrong(r, own->line, "has a key 'caltrop' that is no map");
	for (unsigned i = 0; i < 2; i++) {
		const struct doc *list = doc_get(own, kinds[i].key);

		if (list && list->kind != DOC_LIST)
			return compile_wrong(r, list->line, "has test events that are no list");
		for (const struct doc *event = list ? list->first : NULL; event; event = event->next)
			if (!check_event(r, event))
				return false;
	}
	return true;
}

/* A value with its "%n" written as a number. */
static struct str numbered(struct str value, uint32_t number, char text[VALUE_MAX])
{
	struct buf b = buf_over(text, VALUE_MAX);
	size_t at = str_find(value, STR("%n"));

	if (at == SIZE_MAX)
		return value;
	buf_put(&b, str_sub(value, 0, at));
	buf_u64(&b, number);
	buf_put(&b, str_sub(value, at + 2, SIZE_MAX));
	return buf_str(&b);
}

static void write_event(const struct doc *event, uint32_t number, struct pack_writer *w)
{
	char text[VALUE_MAX];

	for (const struct doc *d = event->first; d; d = d->next)
		if (!number)
			pack_write_test_value(w, &(struct pack_test_value){d->key, d->text});
		else if (!is_when(d->key))
			pack_write_test_value(w, &(struct pack_test_value){d->key, numbered(d->text, number, text)});
}

/* What stands between two events of a sequence. */
static void write_pause(uint32_t seconds, struct pack_writer *w)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", seconds);
	pack_write_test_value(w, &(struct pack_test_value){STR(""), str_from(text)});
}

static void write_row(const struct compile_rule *r, bool matches, uint32_t first, struct pack_writer *w)
{
	uint32_t target = r->number | (r->kind == COMPILE_CORRELATION ? PACK_CORRELATION : 0);

	pack_write_test(w, &(struct pack_test){target, matches, first, pack_write_count(w, PACK_TEST_VALUES) - first});
}

/* A list of a correlation is one test. */
static void write_sequence(const struct compile_rule *r, const struct doc *list, bool matches, struct pack_writer *w)
{
	uint32_t first = pack_write_count(w, PACK_TEST_VALUES), times, after, every;

	for (const struct doc *event = list->first; event; event = event->next) {
		(void)read_when(event, &times, &after, &every);
		for (uint32_t i = 0; i < times; i++) {
			if (i > 0 || event != list->first)
				write_pause(i > 0 ? every : after, w);
			write_event(event, i + 1, w);
		}
	}
	write_row(r, matches, first, w);
}

void compile_write_tests(const struct compile_rule *r, struct pack_writer *w)
{
	const struct doc *own = doc_get(r->doc, "caltrop");

	for (unsigned i = 0; i < 2; i++) {
		const struct doc *list = doc_get(own, kinds[i].key);

		if (list && list->count && r->kind == COMPILE_CORRELATION)
			write_sequence(r, list, kinds[i].matches, w);
		for (const struct doc *e = list && r->kind == COMPILE_RULE ? list->first : NULL; e; e = e->next) {
			uint32_t first = pack_write_count(w, PACK_TEST_VALUES);

			write_event(e, 0, w);
			write_row(r, kinds[i].matches, first, w);
		}
	}
}
