/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a group's YAML to what its devices are to be. Goes on after a mistake, so that all are told at once. Opens no
 * file: what it names is looked at by who called it.
 */
#include "server-stub/desired/desired_inner.h"

#include "proto/short_text.h"

#include <string.h>

/* -- values -- */

static void read_group(struct desired_reader *r, const struct doc *node)
{
	if (node->kind != DOC_TEXT || node->text.len == 0 ||
	    str_copy(node->text, r->out->group, sizeof(r->out->group)) != ERR_OK ||
	    !short_text_valid(r->out->group, sizeof(r->out->group)))
		desired_note(r, node, "is no name of a group");
}

/* Relative, below the folder: what a folder says is complete, and the same on every desk. */
static bool is_below(struct str path)
{
	if (path.len == 0 || path.data[0] == '/')
		return false;
	while (path.len)
		if (str_equal(str_cut(&path, '/'), STR("..")))
			return false;
	return true;
}

static void read_path(struct desired_reader *r, const struct doc *node, struct desired_path *out)
{
	*out = (struct desired_path){.line = node->line, .column = node->column};
	if (node->kind != DOC_TEXT || !is_below(node->text) ||
	    str_copy(node->text, out->text, sizeof(out->text)) != ERR_OK)
		desired_note(r, node, "is no file of this folder; write its name as seen from here, without ..");
}

struct paths {
	struct desired_path *list;
	unsigned max;
	unsigned *count;
};

static void read_paths(struct desired_reader *r, const struct doc *node, const struct paths *out)
{
	if (node->kind != DOC_LIST)
		desired_note(r, node, "is no list of files; write [FILE, FILE]");
	for (const struct doc *n = node->first; n && node->kind == DOC_LIST; n = n->next) {
		if (*out->count == out->max) {
			desired_note(r, n, "is more than the %u that there may be", out->max);
			return;
		}
		read_path(r, n, &out->list[(*out->count)++]);
	}
}

static void read_rules(struct desired_reader *r, const struct doc *node)
{
	read_paths(r, node, &(struct paths){r->out->rules, DESIRED_PATHS_MAX, &r->out->rule_count});
	if (node->kind == DOC_LIST && node->count == 0)
		desired_note(r, node, "names no rule; leave the key out where rules are not looked after");
}

static void read_playbooks(struct desired_reader *r, const struct doc *node)
{
	r->out->has_playbooks = true;
	read_paths(r, node, &(struct paths){r->out->playbooks, DESIRED_PLAYBOOKS_MAX, &r->out->playbook_count});
}

static void read_policy(struct desired_reader *r, const struct doc *node)
{
	read_path(r, node, &r->out->policy);
}

static void read_wave(struct desired_reader *r, const struct doc *node)
{
	struct str text = node->kind == DOC_TEXT ? node->text : STR_NONE;
	bool percent = str_take_back(&text, STR("%"));
	uint64_t number = 0;

	if (str_number(text, percent ? 100 : 1000000, &number) != ERR_OK || number == 0) {
		desired_note(r, node, "is no size of a wave; write a number of devices, or 1%% to 100%%");
		return;
	}
	if (r->out->wave_count == DESIRED_WAVES_MAX) {
		desired_note(r, node, "is more than the %d waves that there may be", DESIRED_WAVES_MAX);
		return;
	}
	r->out->waves[r->out->wave_count++] = (struct desired_wave){(unsigned)number, percent};
}

static void read_waves(struct desired_reader *r, const struct doc *node)
{
	if (node->kind != DOC_LIST || node->count == 0)
		desired_note(r, node, "is no list of waves; write [1, 10%%, 100%%]");
	for (const struct doc *n = node->first; n && node->kind == DOC_LIST; n = n->next)
		read_wave(r, n);
}

/* -- the whole -- */

static const struct {
	const char *key;
	bool settings;
	void (*read)(struct desired_reader *r, const struct doc *node);
} keys[] = {
	{"group", false, read_group},
	{"mode", true, desired_settings_mode},
	{"never_ban", true, desired_settings_never_ban},
	{"settings", true, desired_settings_map},
	{"rules", false, read_rules},
	{"policy", false, read_policy},
	{"playbooks", false, read_playbooks},
	{"waves", false, read_waves},
};

static void read_key(struct desired_reader *r, const struct doc *node)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!str_equal(node->key, str_from(keys[i].key)))
			continue;
		r->out->has_settings |= keys[i].settings;
		keys[i].read(r, node);
		return;
	}
	desired_note_key(r, node,
			 "there is no such key: group, mode, never_ban, settings, rules, policy, playbooks, waves");
}

/* A folder of this kind lies in a repository that many can read. */
static void find_secrets(struct desired_reader *r, const struct doc *node)
{
	if (node->kind == DOC_TEXT && str_find(node->text, STR("PRIVATE KEY-----")) != SIZE_MAX)
		desired_note(r, node, "holds a private key; no secret belongs into this folder");
	for (const struct doc *n = node->first; n && node->kind != DOC_TEXT; n = n->next)
		find_secrets(r, n);
}

bool desired_read(struct str text, struct arena *arena, struct desired *out, struct desired_mistakes *mistakes)
{
	static const struct desired_wave usual[] = {{1, false}, {10, true}, {50, true}, {100, true}};
	static struct desired_reader r;
	struct doc_error error = {0};
	const struct doc *all = doc_read(text, arena, &error);

	*out = (struct desired){.rule_count = 0};
	mistakes->count = 0;
	r = (struct desired_reader){.out = out, .mistakes = mistakes};
	if (!all) {
		struct doc at = {.line = error.line, .column = error.column};

		return desired_note(&r, &at, "%s", error.why);
	}
	if (all->count != 1 || all->first->kind != DOC_MAP)
		return desired_note(&r, all->first, "a file holds one map, of one group");
	find_secrets(&r, all->first);
	for (const struct doc *n = all->first->first; n; n = n->next)
		read_key(&r, n);
	desired_settings_write(&r);
	if (out->wave_count == 0) {
		memcpy(out->waves, usual, sizeof(usual));
		out->wave_count = sizeof(usual) / sizeof(usual[0]);
	}
	return mistakes->count == 0;
}
