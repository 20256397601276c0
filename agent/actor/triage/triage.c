/* SPDX-License-Identifier: Apache-2.0 */
/* Rows become tables, tables become entries. Knows no table. */
#include "agent/actor/triage/triage.h"

#include "agent/base/clock.h"

#include <stdio.h>
#include <string.h>

static void put_time(struct json *j, const char *key, int64_t wall_s)
{
	char text[64];
	struct buf b = buf_over(text, sizeof(text));

	clock_put_utc(&b, wall_s * SECOND_US);
	json_member(j, key, buf_str(&b));
}

enum err triage_begin(struct triage *c, int out, char *memory)
{
	const struct bundle_terms terms = {out, &c->ask->escrow, c->ask->bytes_max, c->ask->wall_s};
	struct json *j = &c->manifest_json;

	c->table = buf_over(memory, TRIAGE_TABLE_MAX);
	c->row = buf_over(memory + TRIAGE_TABLE_MAX, TRIAGE_ROW_MAX);
	c->manifest = buf_over(memory + TRIAGE_TABLE_MAX + TRIAGE_ROW_MAX, BUNDLE_LAST_MAX);
	c->manifest_json = json_over(&c->manifest);
	json_begin_object(j);
	json_member(j, "version", STR(CALTROP_VERSION));
	json_member(j, "name", str_from(c->ask->name));
	put_time(j, "begun", c->ask->wall_s);
	json_key(j, "sealed");
	json_bool(j, c->ask->escrow.len > 0);
	json_key(j, "bytes_max");
	json_u64(j, c->ask->bytes_max);
	json_key(j, "entries");
	json_begin_array(j);
	return bundle_begin(&c->bundle, &terms);
}

bool triage_is_short(const struct triage *c)
{
	return c->table.len > TRIAGE_TABLE_MAX / 2 || c->table.len > bundle_room(&c->bundle) / 2;
}

void triage_table(struct triage *c, const char *name)
{
	c->name = name;
	c->table.len = 0;
	c->table.overflow = false;
	c->rows = c->left = 0;
}

struct json *triage_row(struct triage *c)
{
	c->row.len = 0;
	c->row.overflow = false;
	c->json = json_over(&c->row);
	json_begin_object(&c->json);
	return &c->json;
}

void triage_row_end(struct triage *c)
{
	uint64_t room = bundle_room(&c->bundle);

	json_end_object(&c->json);
	buf_char(&c->row, '\n');
	if (c->row.overflow || c->table.len + c->row.len > TRIAGE_TABLE_MAX || c->table.len + c->row.len > room) {
		c->left++;
		return;
	}
	buf_put(&c->table, buf_str(&c->row));
	c->rows++;
}

/* A row of the manifest about an entry. */
static struct json *entry(struct triage *c, const char *name)
{
	struct json *j = &c->manifest_json;

	json_begin_object(j);
	json_member(j, "name", str_from(name));
	return j;
}

void triage_table_end(struct triage *c)
{
	enum err err = bundle_put(&c->bundle, c->name, buf_str(&c->table));
	struct json *j = entry(c, c->name);

	json_key(j, "rows");
	json_u64(j, err == ERR_OK ? c->rows : 0);
	json_key(j, "left_out");
	json_u64(j, err == ERR_OK ? c->left : c->left + c->rows);
	json_end_object(j);
}

void triage_put_file(struct triage *c, const struct triage_read *file)
{
	uint64_t room = bundle_room(&c->bundle) / 2; /* the rest is for the tables */
	struct str bytes = file->bytes;
	char name[96];
	struct json *j;
	enum err err;

	/* Of a log its end says most. */
	if (bytes.len > room)
		bytes = str_sub(bytes, bytes.len - (size_t)room, (size_t)room);
	snprintf(name, sizeof(name), "file/%.90s", strrchr(file->path, '/') + 1);
	err = bundle_put(&c->bundle, name, bytes);
	j = entry(c, name);
	json_member(j, "path", str_from(file->path));
	json_key(j, "size");
	json_u64(j, file->size);
	json_key(j, "left_out");
	json_u64(j, err == ERR_OK ? file->size - bytes.len : file->size);
	json_key(j, "changed");
	json_bool(j, file->changed);
	json_end_object(j);
}

enum err triage_end(struct triage *c, uint8_t sha256[32])
{
	struct json *j = &c->manifest_json;
	enum err err;

	json_end_array(j);
	put_time(j, "ended", clock_wall_s());
	json_end_object(j);
	buf_char(&c->manifest, '\n');
	err = buf_check(&c->manifest);
	if (err == ERR_OK)
		err = bundle_end(&c->bundle, "manifest.json", buf_str(&c->manifest), sha256);
	return err;
}
