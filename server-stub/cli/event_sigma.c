/* SPDX-License-Identifier: Apache-2.0 */
/* Renames members by the rows of their kind, and reads the line again as a replay would. Asks the service nothing. */
#include "server-stub/cli/event_sigma.h"

#include "agent/base/json.h"
#include "agent/detect/values.h"
#include "agent/event/kinds.h"
#include "agent/event/recorded.h"

#include <stdio.h>

static struct str text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? str_from(text) : STR_NONE;
}

static void put_source(struct json *j, const struct event_row *row)
{
	json_key(j, "logsource");
	json_begin_object(j);
	json_member(j, "product", STR("linux"));
	json_member(j, "category", str_from(row->sigma ? row->sigma : row->name));
	json_end_object(j);
}

static void put_value(struct json *j, json_t *v)
{
	if (json_is_string(v))
		json_str(j, (struct str){json_string_value(v), json_string_length(v)});
	else if (json_is_integer(v))
		json_int(j, json_integer_value(v));
	else
		json_bool(j, json_is_true(v));
}

static void put_line(struct json *j, json_t *item, const struct event_row *row)
{
	const char *key;
	json_t *v;

	json_begin_object(j);
	json_member(j, "timestamp", text_of(item, "time"));
	json_member(j, "Computer", text_of(item, "device_name"));
	put_source(j, row);
	json_object_foreach(json_object_get(item, row->name), key, v)
	{
		const struct field *f = fields_find(row, str_from(key));

		json_key_str(j, str_from(f && f->sigma ? f->sigma : key));
		put_value(j, v);
	}
	json_end_object(j);
}

void event_sigma_print(json_t *item)
{
	static char memory[RECORDED_LINE_MAX];
	static struct recorded recorded;
	struct str name = text_of(item, "kind");
	unsigned kind = kinds_find(name.data ? name : STR(""));
	struct buf b = buf_over(memory, sizeof(memory));
	struct json j = json_over(&b);
	char why[RECORDED_WHY_MAX];

	if (kind == EVENT_KINDS)
		return;
	put_line(&j, item, kinds_rows[kind]);
	if (buf_check(&b) != ERR_OK || recorded_read(&recorded, buf_str(&b), why) != ERR_OK ||
	    !values_counts(&recorded.event))
		return;
	fwrite(b.data, 1, b.len, stdout);
	putchar('\n');
}
