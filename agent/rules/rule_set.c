/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the rules that are loaded, for the engine, the incidents and the response. Never evaluates one. */
#include "agent/rules/rule_set.h"

#include "agent/base/hash.h"

#include <stdio.h>
#include <string.h>

#define SAVED_MIN 4u /* bytes of a saved name without its texts */

static const struct settings_rule_row no_policy = {.enabled = false};
static const char *const no_tags[] = {NULL};

static size_t rows_size(unsigned rules)
{
	return ((size_t)rules + RULE_SET_STRANGERS_MAX) * sizeof(struct rule_row);
}

static size_t strangers_size(void)
{
	return RULE_SET_STRANGERS_MAX * sizeof(struct rule_stranger);
}

size_t rule_set_size(unsigned rules)
{
	return rows_size(rules) + strangers_size() + (size_t)rules * (1 + RULE_CLASSES) * sizeof(struct rule_entry);
}

static enum err load(struct rule_set *set, const struct rule *rule)
{
	struct rule_row row = {.hash = hash_name(rule->id), .rule = rule};
	uint16_t place = (uint16_t)set->count;

	row.policy = settings_rule_find(set->settings, str_from(rule->id));
	if (!row.policy)
		row.policy = &rule->policy;
	if (row.hash == 0 || !rule->title || rule->kind >= EVENT_KINDS || !rule->field != !rule->value ||
	    !rule->begins != !rule->ends)
		return ERR_INVALID;
	if (rule->subject >= SUBJECT_KINDS ||
	    (rule->early && (rule->subject != SUBJECT_SRC || rule->kind != EVENT_AUTH)))
		return ERR_INVALID;
	if (strlen(rule->id) >= MESSAGE_RULE_MAX)
		return ERR_TOO_LONG;
	if (!subject_is_named(rule->subject, rule->kind))
		return ERR_NOT_FOUND;
	if (rule->field && !(row.field = fields_find(kinds_rows[rule->kind], str_from(rule->field))))
		return ERR_NOT_FOUND;
	if (rule->ends && !(row.action = fields_find(kinds_rows[rule->kind], STR("action"))))
		return ERR_NOT_FOUND;
	set->names[place] = (struct rule_entry){row.hash, place};
	if (row.policy->enabled) {
		rule_index_add(&set->index, place,
			       &(struct rule_where){rule->kind, rule->classes, row.field, rule->value});
		set->subjects[rule->kind] |= (uint8_t)(1u << rule->subject);
	}
	set->rows[set->count++] = row;
	return ERR_OK;
}

enum err rule_set_init(struct rule_set *set, void *memory, const struct rule_pack *pack,
		       const struct settings *settings)
{
	enum err err = pack->count > RULE_SET_MAX ? ERR_TOO_LONG : ERR_OK;
	uint8_t *at = memory;

	*set = (struct rule_set){.settings = settings, .rows = memory};
	set->strangers = (struct rule_stranger *)(void *)(at += rows_size(pack->count));
	set->names = (struct rule_entry *)(void *)(at + strangers_size());
	rule_index_init(&set->index, set->names + pack->count);
	for (unsigned i = 0; err == ERR_OK && i < pack->count; i++)
		err = load(set, &pack->rules[i]);
	rule_index_order(set->names, set->count);
	rule_index_sort(&set->index);
	for (unsigned i = 1; err == ERR_OK && i < set->count; i++)
		if (set->names[i].key == set->names[i - 1].key)
			err = ERR_EXISTS;
	set->loaded = set->count;
	return err;
}

struct rule_row *rule_set_find(const struct rule_set *set, uint64_t hash)
{
	struct rule_slice found = rule_index_find(set->names, set->loaded, hash);

	if (found.first != found.end)
		return &set->rows[found.first->row];
	for (unsigned i = set->loaded; i < set->count; i++)
		if (set->rows[i].hash == hash)
			return &set->rows[i];
	return NULL;
}

void rule_set_walk(const struct rule_set *set, const struct event *event, uint8_t class, struct rule_walk *w)
{
	w->set = set;
	w->event = event;
	w->at = 0;
	w->count = rule_index_look(&set->index, event, class, w->slices);
}

struct rule_row *rule_set_next(struct rule_walk *w)
{
	while (w->at < w->count) {
		struct rule_slice *slice = &w->slices[w->at];

		if (slice->first == slice->end) {
			w->at++;
			continue;
		}
		struct rule_row *row = &w->set->rows[slice->first++->row];

		if (!row->field || rule_index_matches(w->event, row->field, row->rule->value))
			return row;
	}
	return NULL;
}

void rule_set_use(struct rule_set *set, uint64_t hash)
{
	struct rule_row *row = rule_set_find(set, hash);

	if (row)
		row->used = true;
}

bool rule_set_has(const struct rule_set *set, const struct rule_row *row)
{
	return row && row < set->rows + set->loaded;
}

const char *rule_set_name(const struct rule_set *set, uint64_t hash, char text[RULE_NAME_MAX])
{
	const struct rule_row *row = rule_set_find(set, hash);

	if (row)
		return row->rule->id;
	text[0] = '\0';
	if (hash)
		snprintf(text, RULE_NAME_MAX, "?%016llx", (unsigned long long)hash);
	return text;
}

uint32_t rule_set_save(const struct rule_set *set, struct buf *b)
{
	uint32_t left_out = 0;

	for (unsigned i = 0; i < set->count; i++) {
		const struct rule *rule = set->rows[i].rule;
		size_t id_len = strlen(rule->id), title_len = strnlen(rule->title, RULE_TITLE_MAX - 1);

		if (!set->rows[i].used)
			continue;
		if (b->cap - b->len < SAVED_MIN + id_len + title_len) {
			left_out++;
			continue;
		}
		buf_be8(b, (uint8_t)rule->level);
		buf_be8(b, rule->by_user);
		buf_be8(b, (uint8_t)id_len);
		buf_be8(b, (uint8_t)title_len);
		buf_bytes(b, rule->id, id_len);
		buf_bytes(b, rule->title, title_len);
	}
	return left_out;
}

/* Ids are printable, or it is no name that a build has saved. */
static bool is_name(const char *id)
{
	for (; *id; id++)
		if (*id <= ' ' || *id > '~')
			return false;
	return true;
}

/* The stranger of a row behind the loaded ones. */
static struct rule_stranger *stranger_of(const struct rule_set *set, const struct rule_row *row)
{
	return &set->strangers[row - set->rows - set->loaded];
}

void rule_set_meet(struct rule_set *set, const struct rule_stranger *saved)
{
	uint64_t hash = hash_name(saved->id);

	if (hash == 0 || !is_name(saved->id) || rule_set_find(set, hash))
		return;
	if (set->count - set->loaded == RULE_SET_STRANGERS_MAX) {
		set->nameless++;
		return;
	}
	struct rule_row *row = &set->rows[set->count++];
	struct rule_stranger *s = stranger_of(set, row);

	*s = *saved;
	s->rule.id = s->id;
	s->rule.title = s->title;
	s->rule.author = "";
	s->rule.tags = no_tags;
	*row = (struct rule_row){.hash = hash, .rule = &s->rule, .policy = &no_policy};
}

/* A row that is not in use, or that nothing refers to any more. */
static struct rule_row *free_row(struct rule_set *set)
{
	struct rule_row *best = NULL;

	if (set->count - set->loaded < RULE_SET_STRANGERS_MAX)
		return &set->rows[set->count++];
	for (unsigned i = set->loaded; i < set->count; i++) {
		struct rule_row *row = &set->rows[i];

		if (row->holds || row->policy->steps[0] != VERB_NONE)
			continue;
		if (!best || set->found - row->found > set->found - best->found)
			best = row;
	}
	return best;
}

struct rule_row *rule_set_hire(struct rule_set *set, const struct rule_stranger *hired)
{
	uint64_t hash = hash_name(hired->id);
	struct rule_row *row = rule_set_find(set, hash);

	if (hash == 0 || !is_name(hired->id) || rule_set_has(set, row) || !(row || (row = free_row(set)))) {
		set->rowless++;
		return NULL;
	}
	struct rule_stranger *s = stranger_of(set, row);
	uint32_t holds = row->hash == hash ? row->holds : 0;
	bool used = row->hash == hash && row->used;

	*s = *hired;
	s->rule.id = s->id;
	s->rule.title = s->title;
	s->rule.author = s->author;
	s->rule.link = s->link;
	s->rule.tags = s->tags;
	/* The tags are texts in the copy. */
	for (unsigned i = 0; s->tags[i]; i++)
		s->tags[i] = s->tags_text + (hired->tags[i] - hired->tags_text);
	*row = (struct rule_row){.hash = hash, .rule = &s->rule, .holds = holds, .used = used, .found = ++set->found};
	row->policy = settings_rule_find(set->settings, str_from(s->id));
	if (!row->policy)
		row->policy = &s->rule.policy;
	return row;
}

void rule_set_adopt(struct rule_set *set, const char *id, int64_t window_us)
{
	struct rule_row *row = rule_set_find(set, hash_name(id));
	struct settings_rule_row own = {.enabled = true, .count = 1, .window_us = window_us};

	if (!row || rule_set_has(set, row))
		return;
	stranger_of(set, row)->rule.policy = own;
	row->policy = settings_rule_find(set->settings, str_from(id));
	if (!row->policy)
		row->policy = &stranger_of(set, row)->rule.policy;
}

void rule_set_restore(struct rule_set *set, struct view *v)
{
	while (v->len) {
		struct rule_stranger saved = {.rule = {.level = (enum severity)view_be8(v)}};
		uint8_t by_user = view_be8(v), id_len = view_be8(v), title_len = view_be8(v);

		char title[RULE_TITLE_MAX];

		if (saved.rule.level > SEV_CRITICAL || id_len >= MESSAGE_RULE_MAX || title_len >= RULE_TITLE_MAX)
			return;
		saved.rule.by_user = by_user != 0;
		view_bytes(v, saved.id, id_len);
		view_bytes(v, title, title_len);
		str_show((struct str){title, title_len}, saved.title, sizeof(saved.title));
		if (v->short_read)
			return;
		rule_set_meet(set, &saved);
	}
}
