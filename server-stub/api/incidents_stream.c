/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following incidents: whichever changed is read from the views and told as a whole. A stream remembers which those
 * are, each once, so that many changes of one incident cost a slow reader nothing; what is more than it can remember is
 * one "reset".
 */
#include "server-stub/api/incidents.h"

#include "server-stub/api/api_conn.h"
#include "server-stub/api/page.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/stream.h"
#include "server-stub/store/views.h"

#include <stdlib.h>
#include <string.h>

#define CHANGED_MAX 256
#define TURN_MAX 32 /* told in one turn of the stream */

struct watch {
	bool has_device, started;
	bool reset; /* what changed is not known any more */
	uint8_t device[STORE_ID];
	unsigned count;
	uint8_t changed[CHANGED_MAX][STORE_ID]; /* in the order in which they changed first */
};

static void lose(struct watch *w)
{
	w->reset = true;
	w->count = 0;
}

/* What comes before the reader was told to read anew is in what it will read. */
static void note(struct watch *w, const uint8_t id[STORE_ID])
{
	if (w->reset)
		return;
	for (unsigned i = w->count; i-- > 0;)
		if (memcmp(w->changed[i], id, STORE_ID) == 0)
			return;
	if (w->count == CHANGED_MAX)
		lose(w);
	else
		memcpy(w->changed[w->count++], id, STORE_ID);
}

static bool wants(struct stream *s, const struct news_item *item)
{
	struct watch *w = s->state;

	if (item->kind == API_NEWS_LOST)
		lose(w);
	else if (item->kind == API_NEWS_INCIDENT)
		note(w, item->id);
	else
		return false;
	return true;
}

static enum err tell(struct stream *s, const uint8_t id[STORE_ID])
{
	static struct views_incident incident; /* of the API's one thread */
	const struct watch *w = s->state;
	struct buf b = buf_over(s->api->chunk, CALL_PAGE_BYTES);
	struct json j = json_over(&b);
	enum err err = views_incident_get(s->api->env.store, id, &incident);

	if (err == ERR_NOT_FOUND) /* it was too old to be kept */
		return ERR_OK;
	if (err || (w->has_device && memcmp(incident.device, w->device, STORE_ID) != 0))
		return err;
	json_begin_object(&j);
	incidents_put(s->api, &j, &incident);
	json_end_object(&j);
	if (!b.overflow)
		stream_event(s, NULL, "incident", buf_str(&b));
	return ERR_OK;
}

static void more(struct stream *s)
{
	struct watch *w = s->state;
	unsigned told = 0;
	enum err err = ERR_OK;

	if (!w->started)
		stream_event(s, NULL, "start", STR("{}"));
	else if (w->reset)
		stream_event(s, NULL, "reset", STR("{}"));
	w->started = true;
	w->reset = false;
	while (told < w->count && told < TURN_MAX && !s->ended && !err)
		err = tell(s, w->changed[told++]);
	if (err) {
		stream_end(s);
		return;
	}
	w->count -= told;
	memmove(w->changed, w->changed + told, w->count * sizeof(w->changed[0]));
	s->dirty = w->count > 0;
}

void incidents_stream(struct call *call)
{
	static const struct stream_kind kind = {wants, more};
	struct registry_device device;
	struct watch *w;
	bool has_device;

	if (!page_device(call, &has_device, &device))
		return;
	w = calloc(1, sizeof(*w));
	if (!w) {
		reply_store(call, ERR_NO_MEMORY, "incident", "");
		return;
	}
	w->has_device = has_device;
	if (has_device)
		memcpy(w->device, device.id, STORE_ID);
	stream_begin(call, &kind, w);
}
