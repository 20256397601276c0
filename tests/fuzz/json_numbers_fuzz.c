/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of JSON, of any bytes: all that is added are quotes around numbers, and once only; what the library reads it
 * reads with them, too.
 */
#include "agent/base/require.h"
#include "server-stub/cli/json_numbers.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether `out` is `text` with quotes added. */
static void is_quoted(struct str text, struct str out)
{
	size_t at = 0;

	for (size_t i = 0; i < out.len; i++) {
		if (at < text.len && out.data[i] == text.data[at])
			at++;
		else
			require(out.data[i] == '"');
	}
	require(at == text.len);
}

static bool is_json(struct str text)
{
	json_t *j = json_loadb(text.data, text.len, JSON_DECODE_ANY, NULL);
	bool read = j != NULL;

	json_decref(j);
	return read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as they are, so that a byte too far is noticed. */
	char *text = malloc(size + 1), *room = malloc(3 * size + 1), *again = malloc(3 * size + 1);
	struct str in = {text, size};
	struct buf out, second;

	require(text && room && again);
	memcpy(text, data, size);
	text[size] = '\0';
	out = buf_over(room, 3 * size);
	json_numbers_quote(&out, in);
	require(buf_check(&out) == ERR_OK);
	room[out.len] = '\0';
	is_quoted(in, buf_str(&out));
	second = buf_over(again, 3 * size);
	json_numbers_quote(&second, buf_str(&out));
	require(str_equal(buf_str(&out), buf_str(&second)));
	require(!is_json(in) || is_json(buf_str(&out)));
	free(text);
	free(room);
	free(again);
	return 0;
}
