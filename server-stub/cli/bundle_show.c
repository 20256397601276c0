/* SPDX-License-Identifier: Apache-2.0 */
/* Trust bundles in words. Judges nothing. */
#include "server-stub/cli/bundle_show.h"

#include "agent/base/buf.h"
#include "proto/verb.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/opts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define VERBS_TEXT 256

const char *bundle_show_id(const struct key_der *key, char out[BUNDLE_SHOW_ID])
{
	struct buf b = buf_over(out, BUNDLE_SHOW_ID - 1);
	uint8_t id[KEY_ID];

	key_id(key, id);
	buf_hex(&b, id, sizeof(id));
	out[b.len] = '\0';
	return out;
}

static const char *verbs_text(const struct bundle_order_key *key, char out[VERBS_TEXT])
{
	struct buf b = buf_over(out, VERBS_TEXT - 1);

	if (key->verbs == BUNDLE_ALL)
		buf_text(&b, "all");
	for (uint16_t verb = 1; verb < 64 && key->verbs != BUNDLE_ALL; verb++) {
		if (!(key->verbs >> verb & 1))
			continue;
		buf_text(&b, b.len ? "," : "");
		if (verb_name(verb))
			buf_text(&b, verb_name(verb));
		else
			buf_printf(&b, "verb %u", verb);
	}
	buf_text(&b, b.len ? "" : "none");
	out[b.len] = '\0';
	return out;
}

static json_t *order_keys_json(const struct bundle *b)
{
	json_t *list = json_array();
	char id[BUNDLE_SHOW_ID], verbs[VERBS_TEXT];

	for (unsigned i = 0; i < b->order_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b, s:b}", "id",
						      bundle_show_id(&b->orders[i].key, id), "name", b->orders[i].name,
						      "verbs", verbs_text(&b->orders[i], verbs), "objects",
						      b->orders[i].kinds != 0, "browser", b->orders[i].in_browser));
	return list;
}

void bundle_show_order_keys(const struct bundle *b)
{
	static const char *const heads[] = {"ID", "NAME", "VERBS", "OBJECTS", "KEPT", NULL};
	char id[BUNDLE_SHOW_ID], verbs[VERBS_TEXT];
	struct grid *g;

	if (opts_common.json) {
		json_t *list = order_keys_json(b);

		grid_json(list);
		json_decref(list);
		return;
	}
	g = grid_new(heads);
	for (unsigned i = 0; i < b->order_count; i++) {
		grid_cell(g, bundle_show_id(&b->orders[i].key, id));
		grid_cell(g, b->orders[i].name);
		grid_cell(g, verbs_text(&b->orders[i], verbs));
		grid_cell(g, b->orders[i].kinds == BUNDLE_ALL ? "all" : b->orders[i].kinds ? "some" : "none");
		grid_cell(g, b->orders[i].in_browser ? "in a browser" : "in a file or token");
	}
	grid_print(g, "No order key is trusted: devices obey nobody.");
}

static bool has_signed(const struct bundle_sealed *sealed, const struct key_der *key)
{
	unsigned signers = 0;

	return bundle_signers(sealed, key, 1, &signers) == ERR_OK && signers == 1;
}

static const char *fleet_hex(const struct bundle *b, char out[BUNDLE_FLEET * 2 + 1])
{
	struct buf h = buf_over(out, BUNDLE_FLEET * 2);

	buf_hex(&h, b->fleet, sizeof(b->fleet));
	out[h.len] = '\0';
	return out;
}

static void show_json(const struct bundle_sealed *sealed, const struct bundle *b)
{
	json_t *roots = json_array(), *rules = json_object(), *all;
	char id[BUNDLE_SHOW_ID], fleet[BUNDLE_FLEET * 2 + 1];

	for (unsigned i = 0; i < b->root_count; i++)
		json_array_append_new(roots, json_pack("{s:s, s:b}", "id", bundle_show_id(&b->roots[i], id), "signed",
						       has_signed(sealed, &b->roots[i])));
	for (unsigned i = 0; i < b->rule_count; i++)
		if (verb_name(b->rules[i].verb))
			json_object_set_new(rules, verb_name(b->rules[i].verb), json_integer(b->rules[i].signatures));
	all = json_pack("{s:s, s:I, s:I, s:i, s:o, s:o, s:o, s:i}", "fleet", fleet_hex(b, fleet), "version",
			(json_int_t)b->version, "created_s", (json_int_t)b->created_s, "roots_needed", b->roots_needed,
			"roots", roots, "order_keys", order_keys_json(b), "signatures", rules, "authorities",
			b->ca_count);
	if (b->escrow.len > 0)
		json_object_set_new(all, "escrow", json_string(bundle_show_id(&b->escrow, id)));
	grid_json(all);
	json_decref(all);
}

void bundle_show(const struct bundle_sealed *sealed, const struct bundle *b)
{
	char text[64], id[BUNDLE_SHOW_ID], fleet[BUNDLE_FLEET * 2 + 1];
	time_t created = (time_t)b->created_s;
	struct tm tm;

	if (opts_common.json) {
		show_json(sealed, b);
		return;
	}
	grid_line("fleet", fleet_hex(b, fleet));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)b->version);
	grid_line("version", text);
	if (localtime_r(&created, &tm) && strftime(text, sizeof(text), "%F %T", &tm) > 0)
		grid_line("made", text);
	snprintf(text, sizeof(text), "%u of %u", b->roots_needed, b->root_count);
	grid_line("root keys", text);
	for (unsigned i = 0; i < b->root_count; i++) {
		snprintf(text, sizeof(text), "%s%s", bundle_show_id(&b->roots[i], id),
			 has_signed(sealed, &b->roots[i]) ? ", has signed" : "");
		grid_line("root key", text);
	}
	snprintf(text, sizeof(text), "%u", b->ca_count);
	grid_line("authorities", text);
	grid_line("escrow key", b->escrow.len > 0 ? bundle_show_id(&b->escrow, id) : "none");
	for (unsigned i = 0; i < b->rule_count; i++) {
		const char *name = verb_name(b->rules[i].verb);

		snprintf(text, sizeof(text), "%s needs %u", name ? name : "another verb", b->rules[i].signatures);
		grid_line("signatures", text);
	}
	printf("\n");
	bundle_show_order_keys(b);
}
