/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what stands around the steps of a playbook in YAML, and goes on behind each mistake. */
#include "server-stub/playbook/recipe_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 48

/* Copy a text that can go into any log. */
static bool take_text(struct recipe *r, const struct doc *d, char *out, size_t size)
{
	if (d->kind != DOC_TEXT || doc_is_null(d))
		return recipe_wrong(r, d, "is to be a text");
	for (size_t i = 0; i < d->text.len; i++)
		if (d->text.data[i] < 0x20 || d->text.data[i] > 0x7e)
			return recipe_wrong(r, d, "is to be one line of printable ASCII");
	if (str_copy(d->text, out, size) != ERR_OK)
		return recipe_wrong(r, d, "is longer than %zu bytes", size - 1);
	return true;
}

static void read_name(struct recipe *r, const struct doc *d)
{
	if (take_text(r, d, r->out->name, sizeof(r->out->name)) && !object_name_valid(r->out->name))
		recipe_wrong(r, d, "is no name: write 1 to %d of a-z, 0-9, '.', '_' and '-', a letter or digit first",
			     PLAYBOOK_NAME_MAX - 1);
}

static void read_about(struct recipe *r, const struct doc *d)
{
	(void)take_text(r, d, r->out->about, sizeof(r->out->about));
}

/* "90d" as seconds, by the vocabulary's own reading of a time. */
static bool take_span(const struct doc *d, uint32_t *seconds)
{
	struct verb_args args = {.verb = VERB_BAN};
	char unheard[VERB_WHY_MAX];

	if (d->kind != DOC_TEXT || verb_arg_set(&args, verb_param(VERB_DURATION), d->text, unheard) != ERR_OK)
		return false;
	*seconds = args.duration_s;
	return *seconds > 0 && *seconds != VERB_FOREVER;
}

static void read_expires(struct recipe *r, const struct doc *d)
{
	if (!take_span(d, &r->out->lasts_s) || r->out->lasts_s > PLAYBOOK_LASTS_MAX_S)
		recipe_wrong(r, d,
			     "is no time of at most 400 days: write 90d, 12h or 30m; it begins with the signature");
}

static void read_approvals(struct recipe *r, const struct doc *d)
{
	uint64_t count = 0;

	if (d->kind != DOC_TEXT || str_number(d->text, PLAYBOOK_APPROVALS_MAX, &count) != ERR_OK || count == 0)
		recipe_wrong(r, d, "is to be a number of signatures from 1 to %d", PLAYBOOK_APPROVALS_MAX);
	else
		r->out->approvals = (uint8_t)count;
}

static void read_inputs(struct recipe *r, const struct doc *d)
{
	if (d->kind != DOC_MAP) {
		recipe_wrong(r, d, "is to be a map: a name, and what the operator has to say under it");
		return;
	}
	for (const struct doc *one = d->first; one; one = one->next) {
		struct playbook_input *in = &r->out->inputs[r->out->input_count];

		if (r->out->input_count == PLAYBOOK_INPUTS_MAX) {
			recipe_wrong_key(r, one, "is one input too many: %d are the most", PLAYBOOK_INPUTS_MAX);
			return;
		}
		if (!playbook_input_valid(one->key)) {
			recipe_wrong_key(r, one,
					 "is no name of an input: write up to %d of a-z, 0-9 and '_', a letter "
					 "first",
					 PLAYBOOK_INPUT_MAX - 1);
			continue;
		}
		if (!take_text(r, one, in->about, sizeof(in->about)))
			continue;
		(void)!str_copy(one->key, in->name, sizeof(in->name));
		r->out->input_count++;
	}
}

/* -- on -- */

struct words {
	uint8_t *count;
	unsigned most;
	char *texts;
	size_t size;
};

static void add_word(struct recipe *r, const struct doc *d, const struct words *w)
{
	if (*w->count == w->most)
		recipe_wrong(r, d, "is one too many: %u are the most", w->most);
	else if (d->kind == DOC_TEXT && str_empty(d->text))
		recipe_wrong(r, d, "is empty");
	else if (take_text(r, d, w->texts + *w->count * w->size, w->size))
		++*w->count;
}

/* A word, or a list of them. */
static void read_words(struct recipe *r, const struct doc *d, struct words w)
{
	if (d->kind == DOC_LIST && d->count == 0)
		recipe_wrong(r, d, "is an empty list");
	if (d->kind != DOC_LIST)
		add_word(r, d, &w);
	for (const struct doc *one = d->kind == DOC_LIST ? d->first : NULL; one; one = one->next)
		add_word(r, one, &w);
}

static void read_level(struct recipe *r, const struct doc *d)
{
	for (uint8_t level = SEV_LOW; level <= SEV_CRITICAL; level++)
		if (d->kind == DOC_TEXT && str_equal(d->text, str_from(severity_name(level)))) {
			r->out->level = level;
			return;
		}
	recipe_wrong(r, d, "is no level: write low, medium, high or critical");
}

static void read_on(struct recipe *r, const struct doc *d)
{
	struct playbook *p = r->out;

	if (d->kind == DOC_TEXT && str_equal(d->text, STR("manual")))
		return;
	p->bound = true;
	if (d->kind != DOC_MAP || d->count == 0) {
		recipe_wrong(r, d, "is to be manual, or a map of rules, tags and level");
		return;
	}
	for (const struct doc *one = d->first; one; one = one->next) {
		if (str_equal(one->key, STR("rules")))
			read_words(
				r, one,
				(struct words){&p->rule_count, PLAYBOOK_RULES_MAX, p->rules[0], sizeof(p->rules[0])});
		else if (str_equal(one->key, STR("tags")))
			read_words(r, one,
				   (struct words){&p->tag_count, PLAYBOOK_TAGS_MAX, p->tags[0], sizeof(p->tags[0])});
		else if (str_equal(one->key, STR("level")))
			read_level(r, one);
		else
			recipe_wrong_key(r, one, "is no key here: 'on' has rules, tags and level");
	}
}

/* -- the whole -- */

/* What another format had besides; recipe_kept() gives it back. */
static void read_kept(struct recipe *r, const struct doc *d)
{
	if (d->kind != DOC_TEXT)
		recipe_wrong(r, d, "is to be a text: what 'playbook import' wrote there");
}

static const struct key {
	const char *name;
	void (*read)(struct recipe *r, const struct doc *d);
	const char *without; /* it is needed: what follows "has no NAME"; NULL: it may be missing */
} keys[] = {
	{"name", read_name, ""},
	{"description", read_about, NULL},
	{"on", read_on, ": write on: manual, or on: with rules, tags or level"},
	{"expires", read_expires, NULL},
	{"approvals", read_approvals, NULL},
	{"inputs", read_inputs, NULL},
	{"cacao", read_kept, NULL},
	{"steps", recipe_steps, ""},
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

static const struct key *key_of(struct str name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (str_equal(name, str_from(keys[i].name)))
			return &keys[i];
	return NULL;
}

/* What can only be said of the whole. */
static void check_whole(struct recipe *r, const struct doc *map)
{
	struct playbook *p = r->out;
	const struct doc *inputs = doc_get(map, "inputs"), *expires = doc_get(map, "expires");

	if (p->bound && inputs)
		recipe_wrong_key(r, inputs,
				 "is for playbooks that are run by hand: nobody is asked when an incident "
				 "begins; use $incident.addr, account, pid or path");
	if (p->bound && !expires)
		recipe_wrong(r, map, "has no 'expires': what runs by itself has to end; write expires: 90d");
	if (!p->bound && expires)
		recipe_wrong_key(r, expires,
				 "is for playbooks that are bound to incidents; of one that is run by "
				 "hand, push says it: --expires");
	for (const struct doc *one = inputs && inputs->kind == DOC_MAP ? inputs->first : NULL; one; one = one->next)
		for (unsigned i = 0; i < p->input_count; i++)
			if (str_equal(one->key, str_from(p->inputs[i].name)) && !p->bound && !r->used[i])
				recipe_wrong_key(r, one,
						 "is an input that no step uses: write $input.%s, or leave it "
						 "out",
						 p->inputs[i].name);
}

static void read_map(struct recipe *r, const struct doc *map)
{
	char shown[SHOWN_MAX];

	for (const struct doc *one = map->first; one; one = one->next)
		if (!key_of(one->key)) {
			str_show(one->key, shown, sizeof(shown));
			recipe_wrong_key(r, one,
					 "'%s' is no key of a playbook: it has name, description, on, expires, "
					 "approvals, inputs and steps",
					 shown);
		}
	/* In the order of the table: steps look at what is bound and at the inputs. */
	for (size_t i = 0; i < KEYS; i++) {
		const struct doc *d = doc_get(map, keys[i].name);

		if (d)
			keys[i].read(r, d);
		else if (keys[i].without)
			recipe_wrong(r, map, "has no '%s'%s", keys[i].name, keys[i].without);
	}
	check_whole(r, map);
}

static void read_docs(struct recipe *r, const struct doc *list)
{
	char why[PLAYBOOK_WHY_MAX];

	if (list->count != 1 || list->first->kind != DOC_MAP) {
		recipe_wrong(r, list->count ? list->first : list, "is to be one map of YAML: a playbook");
		return;
	}
	read_map(r, list->first);
	/* Whatever is left over. */
	if (r->mistakes->count == 0 && playbook_check(r->out, why) != ERR_OK)
		recipe_wrong(r, list->first, "%s", why);
}

static int by_place(const void *a, const void *b)
{
	const struct recipe_mistake *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

bool recipe_read(struct str text, struct playbook *out, struct recipe_mistakes *mistakes)
{
	struct recipe r = {.out = out, .mistakes = mistakes};
	struct doc_error error = {0};
	struct arena arena = {0};
	const struct doc *list = NULL;

	*out = (struct playbook){.approvals = 1};
	mistakes->count = 0;
	if (text.len > RECIPE_BYTES_MAX)
		doc_wrong(&error, 0, "has more than %u bytes", RECIPE_BYTES_MAX);
	else
		list = doc_read(text, &arena, &error);
	if (list)
		read_docs(&r, list);
	else
		recipe_note(mistakes, error.line, error.column, error.why);
	arena_free(&arena);
	qsort(mistakes->list, mistakes->count, sizeof(mistakes->list[0]), by_place);
	return mistakes->count == 0;
}

bool recipe_kept(struct str text, struct buf *out)
{
	struct doc_error error = {0};
	struct arena arena = {0};
	const struct doc *list = doc_read(text, &arena, &error);
	const struct doc *kept = list && list->count == 1 ? doc_get(list->first, "cacao") : NULL;
	bool good = kept && kept->kind == DOC_TEXT;

	if (good)
		buf_put(out, kept->text);
	arena_free(&arena);
	return good && !out->overflow;
}
