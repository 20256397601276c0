/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local command line, both ways: any line as a request to the core, and any bytes as rows of an answer. Every
 * request is answered with whole rows, the last of which says how it ended; nothing is done for who is not root.
 */
#include "agent/base/require.h"
#include "agent/base/rows.h"
#include "agent/core/core.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_rows(struct str text)
{
	char bytes[256];

	while (!str_empty(text)) {
		struct str row = str_cut(&text, '\n');
		struct rows_field field;

		rows_type(&row);
		while (rows_next(&row, &field) == ERR_OK) {
			struct buf b = buf_over(bytes, sizeof(bytes));

			require(field.kind && strchr("=#@?", field.kind));
			(void)!rows_unescape(&b, field.value);
			require(b.len <= sizeof(bytes));
		}
	}
}

static bool is_end(struct str rows)
{
	size_t at = rows.len ? str_find_back(str_sub(rows, 0, rows.len - 1), STR("\n")) : SIZE_MAX;
	struct str last = at == SIZE_MAX ? rows : str_sub(rows, at + 1, rows.len);

	return str_starts(last, STR("ok")) || str_starts(last, STR("error"));
}

static void ask(struct core *core, struct str line, bool root)
{
	struct input input = {.kind = INPUT_CONTROL, .bytes = line, .token = 7, .root = root};
	unsigned answers = 0, acts = 0;
	struct effect effect;

	core_feed(core, &input, (struct now){.mono_us = SECOND_US});
	while (core_take(core, &effect)) {
		acts += effect.kind == EFFECT_ACT;
		if (effect.kind != EFFECT_REPLY)
			continue;
		require(effect.token == 7);
		read_rows(effect.bytes);
		if (!effect.more) {
			require(is_end(effect.bytes));
			answers++;
		}
	}
	/* One that needs the actor is answered when it has answered. */
	require(answers == 1 || (answers == 0 && acts == 1));
	require(root || acts == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;
	static void *memory;
	static struct core_limits limits;
	static const struct core_random random;
	struct str text = {(const char *)data, size};

	if (!memory) {
		settings_default(&settings);
		core_limits_default(&limits);
		limits.srcs_max = 64;
		memory = aligned_alloc(16, (core_size(&limits) + 15) & ~(size_t)15);
		require(memory);
	}
	read_rows(text);
	if (size < 1 || size > 512)
		return 0;
	struct core *core = core_init(memory, &limits, &settings, &random);

	ask(core, str_sub(text, 1, size), data[0] & 1);
	return 0;
}
