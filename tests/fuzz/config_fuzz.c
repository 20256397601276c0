/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration against any bytes: an error names a line that exists, and what is taken is written out
 * unchanged. */
#include "agent/base/require.h"
#include "agent/common/settings.h"
#include "agent/common/settings_text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned lines_in(const uint8_t *data, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

static void read_back(const struct settings *s)
{
	static char text[SETTINGS_TEXT_MAX], again_text[SETTINGS_TEXT_MAX];
	static struct settings again;
	struct buf b = buf_over(text, sizeof(text)), c = buf_over(again_text, sizeof(again_text));
	struct ini_error error;

	settings_text(&b, s);
	require(buf_check(&b) == ERR_OK);
	settings_default(&again);
	require(settings_read(&again, buf_str(&b), &error) == ERR_OK);
	settings_text(&c, &again);
	require(str_equal(buf_str(&b), buf_str(&c)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings s;
	struct ini_error error;

	settings_default(&s);
	memset(&error, 0xff, sizeof(error));
	if (settings_read(&s, (struct str){(const char *)data, size}, &error) != ERR_OK) {
		require(error.line <= lines_in(data, size));
		require(memchr(error.text, '\0', sizeof(error.text)) && error.text[0] != '\0');
		return 0;
	}
	(void)!settings_check(&s, &error);
	read_back(&s);
	return 0;
}
