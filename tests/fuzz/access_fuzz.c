/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declared access logs against what clients send: any bytes, as a server writes them, in each place of a format that is
 * a client's. The address, the status and what is made of them are those that the server wrote, or nothing is. And any
 * bytes as a format and as a line: nothing is read outside of them.
 */
#include "agent/base/require.h"
#include "agent/base/str.h"
#include "agent/sensors/log/access.h"
#include "agent/sensors/log/sensor.h"

#include <stdint.h>
#include <stdlib.h>

#define TEXT_MAX 60
#define TIME "22/Nov/2026:11:58:01 +0000"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* '#' in a line is a client's text, as this server writes it. */
static const struct {
	const char *format, *line;
} logs[] = {
	{"nginx", "203.0.113.5 - # [" TIME "] \"#\" 401 179 \"#\" \"#\""},
	{"nginx \"$host\" $remote_addr $remote_user [$time_local] \"$request\" $status $request_time $upstream_addr",
	 "\"#\" 203.0.113.5 # [" TIME "] \"#\" 401 0.001 10.0.0.1:80, unix:/x"},
	{"nginx $http_x_forwarded_for $remote_user \"$request\" $remote_addr|$status", "# # \"#\" 203.0.113.5|401"},
	{"apache", "203.0.113.5 - # [" TIME "] \"#\" 401 179 \"#\" \"#\""},
	{"apache %V %u %t \"%r\" %h %>s \"%{Referer}i\"", "# # [" TIME "] \"#\" 203.0.113.5 401 \"#\""},
	{"lighttpd", "203.0.113.5 # # [" TIME "] \"#\" 401 179 \"#\" \"#\""},
	{"json", "{\"user_id\":\"#\",\"request\":{\"uri\":\"#\",\"headers\":{\"A\":[\"#\",\"#\"]},\"remote_ip\":"
		 "\"203.0.113.5\"},\"status\":401,\"x\":\"#\"}"},
	{"json src=a status=b user=c", "{\"c\":\"#\",\"a\":\"203.0.113.5\",\"u\":[{\"a\":\"#\"}],\"b\":\"401\"}"},
};

/* As servers write it: quotes, backslashes and control bytes escaped. */
static void put_text(struct buf *b, const struct access_format *f, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (f->syntax == ACCESS_NGINX && (c < 0x20 || c > 0x7e || c == '"' || c == '\\'))
			buf_printf(b, "\\x%02X", c);
		else if (f->syntax == ACCESS_JSON && c < 0x20)
			buf_printf(b, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c < 0x20)
			buf_printf(b, "\\x%02x", c);
		else
			buf_char(b, (char)c);
	}
}

static void check_texts(struct str text)
{
	static struct access_format format;
	struct access_log log = {.format = &format};
	char memory[4096], why[ACCESS_WHY_MAX];
	struct addr truth;

	require(addr_parse(STR("203.0.113.5"), &truth) == ERR_OK);
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		struct buf b = buf_over(memory, sizeof(memory));
		struct event e;

		require(access_format_read(str_from(logs[i].format), &format, why) == ERR_OK);
		for (const char *at = logs[i].line; *at; at++) {
			if (*at == '#')
				put_text(&b, &format, text);
			else
				buf_char(&b, *at);
		}
		require(!b.overflow);
		sensor_prepare(buf_str(&b), &e);
		/* The line is as declared, so it is read, and as what it is. */
		enum access_reading reading = access_decode(&log, buf_str(&b), &e);

		require(reading != ACCESS_STRANGE);
		require(reading == ACCESS_EVENT && addr_equal(&e.auth.src, &truth));
		require(!e.auth.granted && e.auth.outcome != AUTH_PROBE && e.auth.outcome != AUTH_SUCCESS);
	}
}

static void check_any(struct str format_text, struct str line)
{
	static struct access_format format;
	struct access_log log = {.format = &format};
	char why[ACCESS_WHY_MAX], *copy = malloc(line.len + 1);
	struct event e;

	if (!copy)
		return;
	if (line.len)
		memcpy(copy, line.data, line.len);
	struct str own = {copy, line.len};

	sensor_prepare(own, &e);
	if (access_format_read(format_text, &format, why) == ERR_OK)
		(void)access_decode(&log, own, &e);
	log.format = NULL;
	(void)access_decode(&log, own, &e);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = {(const char *)data, size}, rest = all;

	check_texts(str_sub(all, 0, TEXT_MAX));
	check_any(str_cut(&rest, '\n'), rest);
	return 0;
}
