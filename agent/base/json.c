/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer. All JSON that the guard and the command line print goes through it. Pure; never allocates. */
#include "agent/base/json.h"

#include "agent/base/require.h"
#include "agent/base/utf8.h"

struct json json_over(struct buf *b)
{
	return (struct json){.out = b};
}

/* Called before every value and key: writes the comma, unless the element is its level's first or follows its key. */
static void separate(struct json *j)
{
	uint32_t bit = UINT32_C(1) << (j->depth & 31);

	if (j->after_key) {
		j->after_key = false;
		return;
	}
	if (j->depth && (j->filled & bit))
		buf_char(j->out, ',');
	j->filled |= bit;
}

static void begin(struct json *j, char bracket)
{
	separate(j);
	require(j->depth + 1 < JSON_DEPTH_MAX);
	j->depth++;
	j->filled &= ~(UINT32_C(1) << j->depth);
	buf_char(j->out, bracket);
}

static void end(struct json *j, char bracket)
{
	require(j->depth > 0 && !j->after_key);
	j->depth--;
	buf_char(j->out, bracket);
}

void json_begin_object(struct json *j)
{
	begin(j, '{');
}

void json_end_object(struct json *j)
{
	end(j, '}');
}

void json_begin_array(struct json *j)
{
	begin(j, '[');
}

void json_end_array(struct json *j)
{
	end(j, ']');
}

void json_key(struct json *j, const char *name)
{
	require(!j->after_key);
	separate(j);
	buf_char(j->out, '"');
	buf_text(j->out, name);
	buf_bytes(j->out, "\":", 2);
	j->after_key = true;
}

static void escape(struct buf *b, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *hit = c ? strchr(from, c) : NULL;

	if (hit) {
		buf_char(b, '\\');
		buf_char(b, to[hit - from]);
	} else {
		buf_bytes(b, "\\u00", 4);
		buf_hex(b, &c, 1);
	}
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_quoted(struct json *j, struct str value)
{
	buf_char(j->out, '"');
	while (value.len) {
		size_t run = 0;

		while (run < value.len && is_plain((unsigned char)value.data[run]))
			run++;
		if (run == 0 && (unsigned char)value.data[0] >= 0x80)
			run = utf8_len(value);
		if (run == 0) {
			escape(j->out, (unsigned char)value.data[0]);
			run = 1;
		} else {
			buf_bytes(j->out, value.data, run);
		}
		value.data += run;
		value.len -= run;
	}
	buf_char(j->out, '"');
}

void json_str(struct json *j, struct str value)
{
	separate(j);
	put_quoted(j, value);
}

void json_key_str(struct json *j, struct str name)
{
	require(!j->after_key);
	separate(j);
	put_quoted(j, name);
	buf_char(j->out, ':');
	j->after_key = true;
}

void json_text(struct json *j, const char *value)
{
	if (value)
		json_str(j, str_from(value));
	else
		json_none(j);
}

void json_int(struct json *j, int64_t value)
{
	separate(j);
	buf_i64(j->out, value);
}

void json_u64(struct json *j, uint64_t value)
{
	separate(j);
	buf_u64(j->out, value);
}

void json_bool(struct json *j, bool value)
{
	separate(j);
	buf_text(j->out, value ? "true" : "false");
}

void json_none(struct json *j)
{
	separate(j);
	buf_text(j->out, "null");
}

void json_hex(struct json *j, const void *data, size_t len)
{
	separate(j);
	buf_char(j->out, '"');
	buf_hex(j->out, data, len);
	buf_char(j->out, '"');
}

void json_raw(struct json *j, struct str value)
{
	separate(j);
	buf_put(j->out, value);
}

void json_member(struct json *j, const char *key, struct str value)
{
	json_key(j, key);
	if (value.data)
		json_str(j, value);
	else
		json_none(j);
}

void json_words(struct json *j, const char *key, struct str words)
{
	json_key(j, key);
	json_begin_array(j);
	while (words.len > 0)
		json_str(j, str_cut(&words, ' '));
	json_end_array(j);
}
