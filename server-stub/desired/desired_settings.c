/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a group's file that becomes settings of its devices. Which keys there are, proto/tuning.h says. */
#include "server-stub/desired/desired_inner.h"

#include "agent/base/buf.h"

#include <stdlib.h>
#include <string.h>

/* A value with its row, noted for later; a mistake of its form is told. */
static void add(struct desired_reader *r, struct str section, const struct tuning_key *row, const struct doc *node)
{
	char why[TUNING_WHY_MAX];

	if (node->kind != DOC_TEXT)
		desired_note(r, node, "%s: is no plain value", row->key);
	else if (tuning_value(row, node->text, why) != ERR_OK)
		desired_note(r, node, "%s: '%.*s' %s", row->key, (int)(node->text.len < 60 ? node->text.len : 60),
			     node->text.data, why);
	else if (r->key_count == DESIRED_KEYS_MAX)
		desired_note(r, node, "is more than the %d settings that a file may hold", DESIRED_KEYS_MAX);
	else
		r->keys[r->key_count++] = (struct desired_key){section, row, node->text};
}

void desired_settings_mode(struct desired_reader *r, const struct doc *node)
{
	add(r, STR("response"), tuning_key(STR("response"), STR("mode")), node);
}

void desired_settings_never_ban(struct desired_reader *r, const struct doc *node)
{
	const struct tuning_key *row = tuning_key(STR("response"), STR("never_ban"));

	if (node->kind != DOC_LIST)
		desired_note(r, node, "is no list of addresses and networks; write [192.0.2.7, 10.0.0.0/8]");
	for (const struct doc *n = node->first; n && node->kind == DOC_LIST; n = n->next)
		add(r, STR("response"), row, n);
}

static bool has_section(struct str section)
{
	const struct tuning_key *row;

	for (unsigned i = 0; (row = tuning_key_at(i)) != NULL; i++)
		if (tuning_key(section, str_from(row->key)) == row)
			return true;
	return false;
}

static bool is_outside(const struct tuning_key *row)
{
	return row->type == TUNING_MODE || row->type == TUNING_NETS;
}

static void read_section(struct desired_reader *r, const struct doc *map)
{
	if (!has_section(map->key)) {
		desired_note_key(r, map, "is no section that a fleet may set: response, rule.NAME, rules");
		return;
	}
	if (map->kind != DOC_MAP) {
		desired_note(r, map, "is no map of keys and values");
		return;
	}
	for (const struct doc *n = map->first; n; n = n->next) {
		const struct tuning_key *row = tuning_key(map->key, n->key);

		if (!row)
			desired_note_key(r, n,
					 "is nothing that a fleet may set; caltrop.conf(5), [objects] tuning, "
					 "has the list");
		else if (is_outside(row))
			desired_note_key(r, n, "stands at the top of the file, not among the settings");
		else
			add(r, map->key, row, n);
	}
}

void desired_settings_map(struct desired_reader *r, const struct doc *node)
{
	if (node->kind != DOC_MAP)
		desired_note(r, node, "is no map of sections");
	for (const struct doc *n = node->first; n && node->kind == DOC_MAP; n = n->next)
		read_section(r, n);
}

static int by_text(struct str a, struct str b)
{
	int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* By section, then by the table; the elements of a list by themselves. */
static int by_place(const void *a, const void *b)
{
	const struct desired_key *x = a, *y = b;
	int order = by_text(x->section, y->section);

	if (order == 0)
		order = (x->row > y->row) - (x->row < y->row);
	return order ? order : by_text(x->value, y->value);
}

void desired_settings_write(struct desired_reader *r)
{
	struct buf b = buf_over(r->out->settings, sizeof(r->out->settings));
	struct str section = STR_NONE;

	qsort(r->keys, r->key_count, sizeof(r->keys[0]), by_place);
	for (unsigned i = 0; i < r->key_count; i++) {
		const struct desired_key *k = &r->keys[i];

		if (i == 0 || !str_equal(section, k->section))
			buf_printf(&b, "[%.*s]\n", (int)k->section.len, k->section.data);
		section = k->section;
		buf_printf(&b, "%s = %.*s\n", k->row->key, (int)k->value.len, k->value.data);
	}
	r->out->settings_len = b.len;
	if (buf_check(&b) != ERR_OK)
		desired_note(r, NULL, "these settings are more than the %d bytes that a device takes",
			     TUNING_BYTES_MAX);
}
