/* SPDX-License-Identifier: Apache-2.0 */
/* Offers the files of the spool of objects and sends their pieces. Never computes a hash: who made the file did. */
#include "agent/uplink/object_out.h"

#include "agent/base/view.h"

#include <stdio.h>
#include <string.h>

void object_out_init(struct object_out *o, const struct spool_disk *disk, uint32_t rate)
{
	memset(o, 0, offsetof(struct object_out, piece));
	o->disk = disk;
	o->rate = rate;
}

void object_out_look(struct object_out *o)
{
	o->looked = false;
}

static void unload(struct object_out *o)
{
	o->loaded = o->offered = o->asked = o->looked = false;
	o->health.size = o->health.have = 0;
}

static void drop(struct object_out *o)
{
	(void)!o->disk->remove(o->disk->context, o->name);
	unload(o);
}

struct search {
	char name[OBJECT_STAGED_MAX]; /* the first by name; empty: none */
	uint64_t size;
};

static void find(void *arg, const char *name, uint64_t size)
{
	struct search *s = arg;
	size_t len = strlen(name);

	if (!object_is_waiting(name) || (s->name[0] && strcmp(name, s->name) > 0))
		return;
	memcpy(s->name, name, len + 1);
	s->size = size;
}

/* Whether the file is what this program puts there. */
static bool read_head(struct object_out *o, uint64_t size)
{
	uint8_t bytes[OBJECT_WAITING_HEAD + OBJECT_STATEMENT_MAX], head[4];
	char why[OBJECT_WHY_MAX], name[OBJECT_STAGED_MAX];
	size_t got = 0;

	if (o->disk->read(o->disk->context, o->name, 0, bytes, sizeof(bytes), &got) != ERR_OK)
		return false;
	struct view v = view_over(bytes, got);

	view_bytes(&v, head, sizeof(head));
	o->statement_len = view_be16(&v);
	if (o->statement_len > sizeof(o->statement))
		return false;
	view_bytes(&v, o->statement, o->statement_len);
	struct str statement = {(const char *)o->statement, o->statement_len};

	if (v.short_read || memcmp(head, OBJECT_WAITING_MAGIC, sizeof(head)) != 0 ||
	    object_decode(statement, &o->object, why) != ERR_OK || object_kind(o->object.kind)->way != OBJECT_UP)
		return false;
	object_id(statement, o->id);
	object_waiting_name(o->id, name);
	return strcmp(name, o->name) == 0 && size == OBJECT_WAITING_HEAD + o->statement_len + (uint64_t)o->object.size;
}

/* Find the next object. Files that are none are removed, or they would be in the way for ever. */
static void load(struct object_out *o)
{
	while (!o->loaded && !o->looked) {
		struct search s = {.size = 0};
		enum err err = o->disk->list(o->disk->context, find, &s);

		o->looked = err != ERR_OK || !s.name[0];
		if (o->looked)
			return;
		memcpy(o->name, s.name, sizeof(o->name));
		o->loaded = read_head(o, s.size);
		if (o->loaded)
			o->health.size = o->object.size;
		if (o->loaded)
			return;
		o->health.damaged++;
		snprintf(o->health.problem, sizeof(o->health.problem), "%s in the spool of objects is damaged",
			 o->name);
		if (o->disk->remove(o->disk->context, o->name) != ERR_OK)
			o->looked = true;
	}
}

void object_out_message(struct object_out *o, const struct object_message *m, struct now now)
{
	char text[101];

	if (!o->loaded || !o->offered || memcmp(o->id, m->id, OBJECT_ID) != 0)
		return;
	if (m->what == OBJECT_FETCH && m->offset < o->object.size) {
		o->asked = true;
		o->offset = m->offset;
	}
	if (m->what != OBJECT_DONE)
		return;
	str_show(m->data, text, sizeof(text));
	if (m->status == OBJECT_KEPT) {
		o->health.kept++;
		o->health.problem[0] = '\0';
		drop(o);
		return;
	}
	snprintf(o->health.problem, sizeof(o->health.problem), "the service does not take %.40s: %s", o->object.name,
		 text);
	if (m->status == OBJECT_LATER) {
		o->next_us = now.mono_us + OBJECT_OUT_LATER_US;
		o->offered = o->asked = false;
		return;
	}
	o->health.refused++;
	drop(o);
}

void object_out_unlinked(struct object_out *o)
{
	o->offered = o->asked = false;
}

/* A file that cannot be read is like one that is damaged. */
static bool take_piece(struct object_out *o, struct now now, struct object_message *out)
{
	uint64_t at = OBJECT_WAITING_HEAD + o->statement_len + o->offset, left = o->object.size - o->offset;
	size_t want = left < sizeof(o->piece) ? (size_t)left : sizeof(o->piece), got = 0;

	o->asked = false;
	if (o->disk->read(o->disk->context, o->name, at, o->piece, want, &got) != ERR_OK || got != want) {
		o->health.damaged++;
		snprintf(o->health.problem, sizeof(o->health.problem), "%s in the spool of objects cannot be read",
			 o->name);
		*out = (struct object_message){.what = OBJECT_DONE, .status = OBJECT_GONE};
		memcpy(out->id, o->id, OBJECT_ID);
		drop(o);
		return true;
	}
	*out = (struct object_message){
		.what = OBJECT_CHUNK, .offset = o->offset, .data = {(const char *)o->piece, got}};
	memcpy(out->id, o->id, OBJECT_ID);
	o->next_us = now.mono_us + (int64_t)got * SECOND_US / o->rate;
	o->health.bytes += got;
	o->health.have = o->offset + got;
	return true;
}

bool object_out_take(struct object_out *o, struct now now, struct object_message *out)
{
	if (now.mono_us < o->next_us)
		return false;
	load(o);
	if (o->loaded && o->asked)
		return take_piece(o, now, out);
	if (!o->loaded || o->offered)
		return false;
	o->offered = true;
	*out = (struct object_message){.what = OBJECT_OFFER, .data = {(const char *)o->statement, o->statement_len}};
	memcpy(out->id, o->id, OBJECT_ID);
	return true;
}

int64_t object_out_deadline(const struct object_out *o)
{
	bool due = o->loaded ? o->asked || !o->offered : !o->looked;

	return due ? o->next_us : INT64_MAX;
}
