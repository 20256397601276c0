/* SPDX-License-Identifier: Apache-2.0 */
/* Takes objects of devices piece by piece. Whose they are is the caller's knowledge, never the message's. */
#include "server-stub/ingest/upload.h"

#include <stdio.h>
#include <string.h>

struct work {
	struct store *store;
	const struct upload *in;
	struct upload_counts *counts;
	struct upload_answer *out;
	struct store_object object;
};

static struct store_object_key key_of(const struct work *w)
{
	return (struct store_object_key){w->in->device, w->in->message->id};
}

static void say(struct work *w, enum object_status status, const char *text)
{
	struct object_message *m = &w->out->message;

	*m = (struct object_message){.what = OBJECT_DONE, .status = (uint8_t)status};
	memcpy(m->id, w->in->message->id, OBJECT_ID);
	snprintf(w->out->text, sizeof(w->out->text), "%s", text);
	m->data = str_from(w->out->text);
	w->counts->kept += status == OBJECT_KEPT;
	w->counts->refused += status != OBJECT_KEPT;
}

static void ask(struct work *w)
{
	struct object_message *m = &w->out->message;

	*m = (struct object_message){.what = OBJECT_FETCH, .offset = w->object.have};
	memcpy(m->id, w->in->message->id, OBJECT_ID);
}

/* All bytes are here. */
static enum err finish(struct work *w)
{
	bool good;
	enum err err = store_object_verify(w->store, &w->object, &good);

	if (err != ERR_OK)
		return err;
	if (!good) {
		say(w, OBJECT_REFUSED, "its bytes do not have the hash of its statement");
		return store_object_remove(w->store, key_of(w));
	}
	w->object.state = STORE_OBJECT_WHOLE;
	err = store_object_put(w->store, &w->object);
	if (err == ERR_OK)
		say(w, OBJECT_KEPT, "");
	return err;
}

static enum err begin(struct work *w, const struct object *said)
{
	uint64_t used;
	char text[OBJECT_MESSAGE_TEXT_MAX];
	enum err err = store_object_used(w->store, w->in->device, &used);

	if (err != ERR_OK)
		return err;
	if (said->size > w->in->quota || used > w->in->quota - said->size) {
		snprintf(text, sizeof(text),
			 "its %u bytes and the %llu that are here exceed the device's quota of %llu", said->size,
			 (unsigned long long)used, (unsigned long long)w->in->quota);
		say(w, said->size > w->in->quota ? OBJECT_REFUSED : OBJECT_LATER, text);
		return ERR_OK;
	}
	w->object = (struct store_object){.state = STORE_OBJECT_PART, .size = said->size, .created_us = w->in->wall_us};
	memcpy(w->object.device, w->in->device, STORE_ID);
	memcpy(w->object.id, w->in->message->id, STORE_ID);
	w->object.statement_len = (uint16_t)w->in->message->data.len;
	memcpy(w->object.statement, w->in->message->data.data, w->in->message->data.len);
	err = store_object_put(w->store, &w->object);
	if (err == ERR_OK && said->size == 0)
		return finish(w);
	ask(w);
	return err;
}

static enum err on_offer(struct work *w)
{
	char why[OBJECT_WHY_MAX];
	struct object said;
	enum err err = object_decode(w->in->message->data, &said, why);

	if (err == ERR_OK && object_kind(said.kind)->way != OBJECT_UP) {
		err = ERR_UNSUPPORTED;
		snprintf(why, sizeof(why), "devices do not send objects of the kind %s", object_kind(said.kind)->name);
	}
	if (err != ERR_OK) {
		say(w, OBJECT_REFUSED, why);
		return ERR_OK;
	}
	err = store_object_get(w->store, key_of(w), &w->object);
	if (err == ERR_NOT_FOUND)
		return begin(w, &said);
	if (err != ERR_OK)
		return err;
	if (w->object.state == STORE_OBJECT_WHOLE)
		say(w, OBJECT_KEPT, "");
	else
		ask(w);
	return ERR_OK;
}

static enum err on_chunk(struct work *w)
{
	const struct object_message *m = w->in->message;
	enum err err = store_object_get(w->store, key_of(w), &w->object);

	if (err == ERR_NOT_FOUND) {
		w->counts->disorder++;
		say(w, OBJECT_GONE, "a piece of an object that was not offered");
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	if (w->object.state == STORE_OBJECT_WHOLE || m->offset != w->object.have || m->data.len == 0) {
		w->counts->disorder++;
		if (w->object.state == STORE_OBJECT_PART && m->data.len > 0)
			ask(w);
		return ERR_OK;
	}
	err = store_object_append(w->store, &w->object, m->data);
	if (err == ERR_TOO_LONG) {
		say(w, OBJECT_REFUSED, "more bytes came than its statement says");
		return store_object_remove(w->store, key_of(w));
	}
	if (err != ERR_OK)
		return err;
	w->counts->bytes += m->data.len;
	if (w->object.have == w->object.size)
		return finish(w);
	ask(w);
	return ERR_OK;
}

/* The device has it no more. What came of it is of no use. */
static enum err on_gone(struct work *w)
{
	enum err err = store_object_get(w->store, key_of(w), &w->object);

	if (err == ERR_OK && w->object.state == STORE_OBJECT_PART)
		return store_object_remove(w->store, key_of(w));
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err upload_take(struct store *s, const struct upload *u, struct upload_counts *counts,
		     struct upload_answer *answer)
{
	struct work w = {.store = s, .in = u, .counts = counts, .out = answer};

	memset(answer, 0, sizeof(*answer));
	switch (u->message->what) {
	case OBJECT_OFFER: return on_offer(&w);
	case OBJECT_CHUNK: return on_chunk(&w);
	case OBJECT_DONE: return on_gone(&w);
	default: return ERR_OK;
	}
}
