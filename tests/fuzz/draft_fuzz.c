/* SPDX-License-Identifier: Apache-2.0 */
/* Policies in YAML: whatever is written, there is a mistake or a policy that decodes, and its rules can be printed. */
#include "agent/base/require.h"
#include "server-stub/filter/draft.h"
#include "server-stub/filter/render.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct draft_mistakes mistakes;
	static struct filter filter, read;
	static char text[RENDER_BYTES_MAX];
	uint8_t bytes[FILTER_BYTES_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes)), r = buf_over(text, sizeof(text));
	char why[FILTER_WHY_MAX];

	if (!draft_read((struct str){(const char *)data, size}, &filter, &mistakes)) {
		require(mistakes.count > 0 && mistakes.count <= DRAFT_MISTAKES_MAX && mistakes.list[0].why[0]);
		return 0;
	}
	filter_encode(&b, &filter);
	require(buf_check(&b) == ERR_OK);
	require(filter_decode(buf_str(&b), &read, why) == ERR_OK);
	render_table(&r, &filter);
	require(buf_check(&r) == ERR_OK);
	return 0;
}
