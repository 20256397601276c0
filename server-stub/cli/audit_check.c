/* SPDX-License-Identifier: Apache-2.0 */
/* The rows come from whoever is to be checked: each member may be missing, of another type or too long. */
#include "server-stub/cli/audit_check.h"

#include "agent/base/buf.h"
#include "agent/base/hex.h"
#include "agent/base/require.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX 256
#define TIME_LEN 27 /* 2026-01-02T03:04:05.000006Z */

static bool wrong(struct audit_check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(struct audit_check *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->wrong, sizeof(c->wrong), format, args);
	va_end(args);
	return false;
}

bool audit_check_head(struct audit_check *c, const char *text, const char *what)
{
	struct str hash = str_trim(str_from(text)), row = str_cut(&hash, ':');
	struct audit_head head = {.what = what};

	require(c->head_count < AUDIT_CHECK_HEADS);
	if (str_number(row, INT64_MAX, &head.row) || head.row == 0 || hash.len != (size_t)2 * AUDIT_CHAIN_HASH ||
	    !hex_read(hash, head.hash, AUDIT_CHAIN_HASH))
		return false;
	c->heads[c->head_count++] = head;
	return true;
}

/* As reply_time of the API writes it, and in no other way. */
static bool read_time(const char *text, int64_t *wall_us)
{
	struct tm tm = {.tm_isdst = 0};
	char again[64];
	int micro;

	if (!text || strlen(text) != TIME_LEN ||
	    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%6dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
		   &tm.tm_sec, &micro) != 7)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	time_t seconds = timegm(&tm);

	*wall_us = (int64_t)seconds * 1000000 + micro;
	if (!gmtime_r(&seconds, &tm))
		return false;
	snprintf(again, sizeof(again), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, micro);
	return strcmp(text, again) == 0;
}

/* A text, or null for an empty one. */
static bool read_text(json_t *item, const char *name, struct str *out)
{
	json_t *value = json_object_get(item, name);

	*out = (struct str){json_string_value(value), json_string_length(value)};
	return (json_is_string(value) || json_is_null(value)) && out->len <= TEXT_MAX;
}

static bool read_row(json_t *item, struct audit_chain_row *row)
{
	json_int_t status = json_integer_value(json_object_get(item, "status"));

	row->row = (uint64_t)json_integer_value(json_object_get(item, "id"));
	row->status = (uint16_t)status;
	return status == row->status && read_time(json_string_value(json_object_get(item, "time")), &row->wall_us) &&
	       read_text(item, "user", &row->user) && read_text(item, "action", &row->action) &&
	       read_text(item, "detail", &row->detail) && read_text(item, "address", &row->address);
}

/* Whether the row's own hash is the one that it must have. */
static bool fits(struct audit_check *c, json_t *item)
{
	json_t *value = json_object_get(item, "hash");
	struct str text = {json_string_value(value), json_string_length(value)};
	uint8_t said[AUDIT_CHAIN_HASH];

	if (!c->has_hash && json_is_null(value))
		return true;
	c->has_hash = true;
	return text.len == (size_t)2 * AUDIT_CHAIN_HASH && hex_read(text, said, AUDIT_CHAIN_HASH) &&
	       memcmp(said, c->hash, AUDIT_CHAIN_HASH) == 0;
}

/* Whether the row that was just checked is not another one than the head's. */
static bool meets(struct audit_check *c, struct audit_head *head)
{
	if (c->row != head->row)
		return true;
	head->met = memcmp(head->hash, c->hash, sizeof(head->hash)) == 0;
	return head->met || wrong(c, "row %llu has another hash than %s", (unsigned long long)c->row, head->what);
}

bool audit_check_row(struct audit_check *c, json_t *item)
{
	struct audit_chain_row row;
	uint8_t prev[AUDIT_CHAIN_HASH];

	if (c->wrong[0])
		return false;
	if (!read_row(item, &row))
		return wrong(c, "what stands behind row %llu is no row of it", (unsigned long long)c->row);
	if (row.row != c->row + 1)
		return wrong(c, "row %llu is missing", (unsigned long long)c->row + 1);
	memcpy(prev, c->hash, sizeof(prev));
	audit_chain_next(&row, prev, c->hash);
	c->row = row.row;
	if (!fits(c, item))
		return wrong(c, "row %llu, or one before it, was changed", (unsigned long long)c->row);
	for (unsigned i = 0; i < c->head_count; i++)
		if (!meets(c, &c->heads[i]))
			return false;
	return true;
}

bool audit_check_end(struct audit_check *c)
{
	for (unsigned i = 0; i < c->head_count && !c->wrong[0]; i++)
		if (!c->heads[i].met)
			wrong(c, "it ends at row %llu, before %s", (unsigned long long)c->row, c->heads[i].what);
	return !c->wrong[0];
}

void audit_check_text(const struct audit_check *c, char text[AUDIT_CHECK_HEAD_TEXT])
{
	struct buf b = buf_over(text, AUDIT_CHECK_HEAD_TEXT - 1);

	buf_printf(&b, "%llu:", (unsigned long long)c->row);
	buf_hex(&b, c->hash, AUDIT_CHAIN_HASH);
	text[b.len] = '\0';
}
