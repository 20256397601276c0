/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers an object from its pieces. Trusts no byte of it: the actor verifies. Never waits. */
#include "agent/uplink/object_in.h"

#include <stdio.h>
#include <string.h>

void object_in_init(struct object_in *o, const struct spool_disk *disk, struct object_in_limits limits)
{
	memset(o, 0, sizeof(*o));
	o->disk = disk;
	o->limits = limits;
}

/* Tell the service what became of an object. */
static void say(struct object_in *o, const uint8_t id[OBJECT_ID], enum object_status status, const char *text)
{
	o->say = true;
	memcpy(o->said_id, id, OBJECT_ID);
	o->said_status = (uint8_t)status;
	snprintf(o->said, sizeof(o->said), "%s", text);
}

static void idle(struct object_in *o)
{
	o->state = OBJECT_IN_IDLE;
	o->ask = o->waits = false;
	o->have = o->synced = 0;
	o->health.size = o->health.have = 0;
}

/* The end of the present object. Its file is removed whatever the end is: no room may be lost to it. */
static void end(struct object_in *o, enum object_status status, const char *text)
{
	say(o, o->id, status, text);
	(void)!o->disk->remove(o->disk->context, o->name);
	if (status == OBJECT_KEPT) {
		o->health.kept++;
		o->health.problem[0] = '\0';
	} else {
		o->health.refused++;
		snprintf(o->health.problem, sizeof(o->health.problem), "%.40s of the service was not kept: %.100s",
			 o->object.name[0] ? o->object.name : "an object", text);
	}
	idle(o);
}

struct looking {
	const char *name;
	uint64_t size;
};

static bool is_staged(const char *name)
{
	size_t len = strlen(name);

	return len == OBJECT_STAGED_MAX - 1 && strcmp(name + len - 3, ".in") == 0;
}

static void look(void *arg, const char *name, uint64_t size)
{
	struct looking *l = arg;

	if (strcmp(name, l->name) == 0)
		l->size = size;
}

struct others {
	struct object_in *o;
	char name[OBJECT_STAGED_MAX]; /* one that is not wanted any more */
};

static void find_other(void *arg, const char *name, uint64_t size)
{
	struct others *t = arg;

	(void)size;
	if (is_staged(name) && strcmp(name, t->o->name) != 0)
		memcpy(t->name, name, sizeof(t->name));
}

/* One file at a time, so that unfinished objects never take more room than one. */
static void remove_others(struct object_in *o)
{
	struct others t = {.o = o};

	do {
		t.name[0] = '\0';
		if (o->disk->list(o->disk->context, find_other, &t) != ERR_OK || !t.name[0])
			return;
	} while (o->disk->remove(o->disk->context, t.name) == ERR_OK);
}

static void take_signatures(struct actor_object *offer, const struct object_message *m)
{
	for (unsigned i = 0; i < m->signature_count; i++) {
		memcpy(offer->signatures[i].key_id, m->signatures[i].key_id, sizeof(offer->signatures[i].key_id));
		memcpy(offer->signatures[i].bytes, m->signatures[i].bytes, m->signatures[i].len);
		offer->signatures[i].len = m->signatures[i].len;
	}
	offer->signature_count = (uint16_t)m->signature_count;
}

static void ask_actor(struct object_in *o, enum object_in_state state)
{
	o->state = state;
	o->offer.put = state == OBJECT_IN_PUT;
	o->ask = true;
}

static void on_offer(struct object_in *o, const struct object_message *m)
{
	char why[OBJECT_WHY_MAX] = "";
	struct object object;

	/* The one under way, offered once more after a break. */
	if (o->state != OBJECT_IN_IDLE && memcmp(o->id, m->id, OBJECT_ID) == 0)
		return;
	enum err err = object_decode(m->data, &object, why);

	if (err == ERR_OK && object_kind(object.kind)->way != OBJECT_DOWN)
		snprintf(why, sizeof(why), "objects of this kind go from devices to the service only");
	else if (err == ERR_OK && object.size > o->limits.bytes_max)
		snprintf(why, sizeof(why), "it has %u bytes, and [objects] size of the device is %llu", object.size,
			 (unsigned long long)o->limits.bytes_max);
	if (why[0]) {
		say(o, m->id, OBJECT_REFUSED, why);
		o->health.refused++;
		snprintf(o->health.problem, sizeof(o->health.problem), "an object of the service was refused: %.110s",
			 why);
		return;
	}
	idle(o);
	o->object = object;
	memcpy(o->id, m->id, OBJECT_ID);
	object_staged_name(o->id, o->name);
	o->offer = (struct actor_object){.statement_len = (uint16_t)m->data.len};
	memcpy(o->offer.statement, m->data.data, m->data.len);
	take_signatures(&o->offer, m);
	o->tries = 0;
	o->health.size = object.size;
	ask_actor(o, OBJECT_IN_CHECK);
}

static const char *disk_problem(enum err err, char text[OBJECT_WHY_MAX])
{
	snprintf(text, OBJECT_WHY_MAX, "the device's disk does not take it: %s", err_text(err));
	return text;
}

/* The actor allows it: go on behind what there is. */
static void begin(struct object_in *o, struct now now)
{
	struct looking l = {o->name, 0};
	char text[OBJECT_WHY_MAX];
	enum err err = o->disk->list(o->disk->context, look, &l);

	if (err == ERR_OK)
		remove_others(o);
	if (err == ERR_OK && l.size > o->object.size) {
		err = o->disk->remove(o->disk->context, o->name);
		l.size = 0;
	}
	/* The file has to be there, also for an object without bytes. */
	if (err == ERR_OK)
		err = o->disk->append(o->disk->context, o->name, "", 0);
	if (err != ERR_OK) {
		end(o, OBJECT_LATER, disk_problem(err, text));
		return;
	}
	o->state = OBJECT_IN_FETCH;
	o->have = o->synced = o->health.have = l.size;
	o->next_us = now.mono_us;
	if (o->have == o->object.size)
		ask_actor(o, OBJECT_IN_PUT);
}

static void begin_again(struct object_in *o, struct now now)
{
	(void)!o->disk->remove(o->disk->context, o->name);
	o->health.restarted++;
	begin(o, now);
}

static void on_chunk(struct object_in *o, const struct object_message *m, struct now now)
{
	char text[OBJECT_WHY_MAX];
	enum err err;

	if (o->state != OBJECT_IN_FETCH || !o->waits || memcmp(o->id, m->id, OBJECT_ID) != 0 || m->offset != o->have) {
		o->health.disorder++;
		return;
	}
	o->waits = false;
	if (m->data.len > o->object.size - o->have) {
		end(o, OBJECT_REFUSED, "more bytes came than its statement says");
		return;
	}
	if (m->data.len == 0) {
		o->next_us = now.mono_us + OBJECT_IN_RETRY_US; /* the service cannot read it now */
		return;
	}
	err = o->disk->append(o->disk->context, o->name, m->data.data, m->data.len);
	if (err != ERR_OK) {
		end(o, OBJECT_LATER, disk_problem(err, text));
		return;
	}
	o->have += m->data.len;
	o->health.have = o->have;
	o->health.bytes += m->data.len;
	o->next_us = o->asked_us + (int64_t)m->data.len * SECOND_US / o->limits.rate;
	if (!o->syncing && o->have - o->synced >= OBJECT_IN_SYNC_BYTES) {
		o->syncing = true;
		o->synced = o->have;
		o->disk->sync(o->disk->context, o->name, 0);
	}
	if (o->have == o->object.size)
		ask_actor(o, OBJECT_IN_PUT);
}

void object_in_synced(struct object_in *o)
{
	o->syncing = false;
}

void object_in_message(struct object_in *o, const struct object_message *m, struct now now)
{
	if (m->what == OBJECT_OFFER)
		on_offer(o, m);
	else if (m->what == OBJECT_CHUNK)
		on_chunk(o, m, now);
	else if (m->what == OBJECT_DONE && o->state != OBJECT_IN_IDLE && memcmp(o->id, m->id, OBJECT_ID) == 0) {
		(void)!o->disk->remove(o->disk->context, o->name);
		idle(o);
	}
}

void object_in_unlinked(struct object_in *o)
{
	/* A piece that was asked for does not come any more: it is asked for as soon as there is a session. */
	if (o->waits)
		o->next_us = o->asked_us;
	o->waits = false;
	o->say = false; /* the service offers it again, and is told then */
}

const struct actor_object *object_in_ask(struct object_in *o)
{
	if (!o->ask)
		return NULL;
	o->ask = false;
	return &o->offer;
}

static bool is_passing(enum err err)
{
	return err == ERR_NO_SPACE || err == ERR_IO || err == ERR_READ_ONLY || err == ERR_NO_MEMORY;
}

void object_in_answer(struct object_in *o, const struct actor_object_answer *answer, struct now now)
{
	enum err err = (enum err)answer->err;
	bool put = o->state == OBJECT_IN_PUT;

	if ((!put && o->state != OBJECT_IN_CHECK) || answer->put != put || memcmp(o->id, answer->id, OBJECT_ID) != 0)
		return;
	if (err == ERR_EXISTS || (err == ERR_OK && put)) {
		end(o, OBJECT_KEPT, "");
	} else if (err == ERR_OK) {
		begin(o, now);
	} else if (err == ERR_BUSY) {
		o->state = OBJECT_IN_WAIT;
		o->next_us = now.mono_us + OBJECT_IN_RETRY_US;
	} else if (put && (err == ERR_CORRUPT || err == ERR_NOT_FOUND) && ++o->tries < OBJECT_IN_TRIES) {
		begin_again(o, now);
	} else {
		end(o, is_passing(err) ? OBJECT_LATER : OBJECT_REFUSED, answer->text);
	}
}

bool object_in_take(struct object_in *o, struct now now, struct object_message *out)
{
	if (o->say) {
		o->say = false;
		*out = (struct object_message){
			.what = OBJECT_DONE, .status = o->said_status, .data = str_from(o->said)};
		memcpy(out->id, o->said_id, OBJECT_ID);
		return true;
	}
	if (o->state == OBJECT_IN_WAIT && now.mono_us >= o->next_us)
		ask_actor(o, o->offer.put ? OBJECT_IN_PUT : OBJECT_IN_CHECK);
	if (o->state != OBJECT_IN_FETCH || now.mono_us < o->next_us)
		return false;
	o->waits = true;
	o->asked_us = now.mono_us;
	o->next_us = now.mono_us + OBJECT_IN_ANSWER_US;
	*out = (struct object_message){.what = OBJECT_FETCH, .offset = o->have};
	memcpy(out->id, o->id, OBJECT_ID);
	return true;
}

int64_t object_in_deadline(const struct object_in *o)
{
	return o->state == OBJECT_IN_FETCH || o->state == OBJECT_IN_WAIT ? o->next_us : INT64_MAX;
}
