/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of Sigma rules: whatever the text is, it is refused with a reason or becomes a pack that loads, and the same
 * text gives the same pack. The rules of it can be asked about an event.
 */
#include "agent/base/require.h"
#include "agent/sigma/sigma.h"
#include "server-stub/sigma/compile.h"

#include <stdint.h>
#include <stdlib.h>

static bool value(const struct sigma_event *event, uint16_t field, unsigned at, struct sigma_value *out)
{
	const struct str *text = event->context;

	if (at > field % 2u)
		return false;
	*out = (struct sigma_value){*text, false};
	return true;
}

static size_t make(struct str text, char *bytes)
{
	static struct pack_writer w;
	static void *memory;
	struct compile c;
	struct buf b = buf_over(bytes, PACK_BYTES_MAX);

	memory = memory ? memory : malloc(PACK_WRITER_BYTES);
	require(memory);
	compile_init(&c);
	if (!compile_text(&c, "rules", text))
		require(c.error.why[0]);
	compile_link(&c);
	for (const struct compile_rule *r = c.first; r; r = r->next)
		require(r->error.why[0] || r->kind == COMPILE_CORRELATION || r->root);
	pack_write_init(&w, memory);
	compile_write(&c, &w);
	if (pack_write(&w, STR("fuzz"), 1, &b) != ERR_OK)
		b.len = 0;
	compile_free(&c);
	return b.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char first[PACK_BYTES_MAX], second[PACK_BYTES_MAX];
	struct str text = {(const char *)data, size}, shown = str_sub(text, 0, 200);
	const struct sigma_event event = {value, &shown};
	char why[PACK_WHY_MAX];
	struct pack p;
	size_t len;

	if (size > 4096)
		return 0;
	len = make(text, first);
	require(make(text, second) == len && memcmp(first, second, len) == 0);
	if (len == 0)
		return 0;
	require(sigma_load(&p, (struct str){first, len}, why) == ERR_OK);
	for (uint32_t i = 0; i < pack_count(&p, PACK_RULES); i++)
		(void)sigma_match(&p, pack_rule(&p, i).node, &event, NULL);
	return 0;
}
