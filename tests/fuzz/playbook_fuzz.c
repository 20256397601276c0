/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Playbooks, compiled, in YAML and in CACAO, against any bytes: what decodes has exactly that spelling, what is refused
 * has a reason and leaves nothing behind, and what either yields can be filled in by whatever an incident says.
 */
#include "agent/base/require.h"
#include "server-stub/playbook/cacao.h"
#include "server-stub/playbook/recipe.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_fill(const struct playbook *p, struct str text)
{
	struct playbook_case c = {.rule = text, .tags = &text, .tag_count = 1, .level = SEV_CRITICAL};
	char why[PLAYBOOK_WHY_MAX] = "", words[VERB_DESCRIBE_MAX];
	struct order o = {.step_count = 0};

	for (unsigned i = 0; i < PLAYBOOK_FIELDS; i++)
		c.fields[i] = text;
	for (unsigned i = 0; i < PLAYBOOK_INPUTS_MAX; i++)
		c.inputs[i] = text;
	(void)playbook_runs_for(p, &c, why);
	require(playbook_fill(p, &c, &o, why) == ERR_OK || (why[0] && memchr(why, '\0', sizeof(why))));
	for (unsigned i = 0; i < p->step_count; i++) {
		struct buf b = buf_over(words, sizeof(words));

		playbook_describe_step(&b, p, i);
	}
	require(playbook_signatures(p) >= 1 && playbook_verbs(p) != 0);
}

static void try_bytes(struct str bytes)
{
	static const struct playbook none;
	static struct playbook p;
	char again[PLAYBOOK_BYTES_MAX], why[PLAYBOOK_WHY_MAX] = "";
	struct buf b = buf_over(again, sizeof(again));

	if (playbook_decode(bytes, &p, why) != ERR_OK) {
		require(why[0] && memchr(why, '\0', sizeof(why)) && memcmp(&p, &none, sizeof(p)) == 0);
		return;
	}
	require(playbook_encode(&b, &p, why) == ERR_OK && str_equal(buf_str(&b), bytes));
	try_fill(&p, str_sub(bytes, 0, 12));
}

static void try_yaml(struct str text)
{
	static struct playbook p, back;
	static struct recipe_mistakes m;
	char bytes[PLAYBOOK_BYTES_MAX], why[PLAYBOOK_WHY_MAX] = "";
	struct buf b = buf_over(bytes, sizeof(bytes));

	if (!recipe_read(text, &p, &m)) {
		require(m.count > 0 && m.count <= RECIPE_MISTAKES_MAX);
		for (unsigned i = 0; i < m.count; i++)
			require(m.list[i].why[0] && memchr(m.list[i].why, '\0', RECIPE_WHY_MAX));
		return;
	}
	if (playbook_encode(&b, &p, why) != ERR_OK) /* only where it is too long */
		return;
	require(playbook_decode(buf_str(&b), &back, why) == ERR_OK);
	try_fill(&p, str_sub(text, 0, 12));
}

static void try_cacao(struct str text)
{
	static char yaml[RECIPE_BYTES_MAX];
	struct buf b = buf_over(yaml, sizeof(yaml));
	json_t *document = json_loadb(text.data, text.len, 0, NULL);
	char why[CACAO_WHY_MAX] = "";

	if (cacao_import(document, &b, why) == ERR_OK)
		try_yaml(buf_str(&b));
	else
		require(why[0] && memchr(why, '\0', sizeof(why)));
	json_decref(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = {(const char *)data, size};

	if (str_starts(input, STR("CTP")))
		try_bytes(input);
	else if (str_starts(input, STR("{")) && size <= 8192)
		try_cacao(input);
	else if (size <= 4096)
		try_yaml(input);
	return 0;
}
