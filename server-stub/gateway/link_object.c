/* SPDX-License-Identifier: Apache-2.0 */
/* Moves messages about objects between a session, the store and the writer. Never writes the store. */
#include "server-stub/gateway/link_object.h"

#include "agent/base/clock.h"
#include "agent/base/say.h"
#include "server-stub/ingest/delivery.h"

#include <string.h>

#define LATER_US (10 * MINUTE_US) /* until an object is offered again that a device could not take */

/* One that does not fit is no loss: the device asks again, or is offered it with its next connection. */
static void put(struct link *link, const struct object_message *m)
{
	(void)!session_object(link->session, m);
}

void link_object_offer(struct link *link)
{
	struct delivery d;
	enum err err;

	link->offer_us = INT64_MAX;
	if (link->state != LINK_UP)
		return;
	err = delivery_next(link->links->store, link->peer.identity.device, &d);
	if (err == ERR_OK)
		put(link, &d.message);
	else if (err != ERR_NOT_FOUND)
		say_limited(&link->links->limit, SAY_ERR, "objects for %s can't be read now", link->address);
}

static void on_fetch(struct link *link, const struct object_message *m)
{
	struct delivery d;
	enum err err = delivery_piece(link->links->store, link->peer.identity.device, m, &d);

	if (err == ERR_OK) {
		link->links->shared->object_bytes_out += d.message.data.len;
		put(link, &d.message);
		return;
	}
	/* A piece without bytes: it asks again in a while. */
	say_limited(&link->links->limit, SAY_ERR, "an object for %s can't be read now: %s", link->address,
		    err_text(err));
	d.message = (struct object_message){.what = OBJECT_CHUNK, .offset = m->offset};
	memcpy(d.message.id, m->id, OBJECT_ID);
	put(link, &d.message);
}

void link_object_message(struct link *link, const struct object_message *m)
{
	struct job *job = NULL;
	struct job_object *ask;

	if (m->what == OBJECT_FETCH) {
		on_fetch(link, m);
		return;
	}
	if (link->object_jobs < LINK_OBJECT_JOBS_MAX)
		job = job_new(JOB_OBJECT, sizeof(*ask) + m->data.len);
	if (!job) {
		link->links->shared->object_dropped++;
		return;
	}
	ask = (struct job_object *)job->bytes;
	memset(ask, 0, sizeof(*ask));
	ask->message = *m;
	if (m->data.len > 0)
		memcpy(ask->data, m->data.data, m->data.len);
	ask->message.data = (struct str){ask->data, m->data.len};
	job->loop = &link->links->loop;
	job->link = link->id;
	job->wall_us = clock_now().wall_us;
	memcpy(job->u.device, link->peer.identity.device, STORE_ID);
	link->object_jobs++;
	(void)job_queue_put(link->links->shared->writer, job);
}

/* Nothing was stored: say so, that the device comes back to it. */
static void cannot_store(struct link *link, const struct job_object *ask)
{
	struct object_message m = {.what = OBJECT_DONE, .status = OBJECT_LATER};

	memcpy(m.id, ask->message.id, OBJECT_ID);
	m.data = STR("the service cannot store objects now");
	put(link, &m);
}

void link_object_answer(struct link *link, const struct job *job)
{
	const struct job_object *ask = (const struct job_object *)job->bytes;

	if (link->object_jobs > 0)
		link->object_jobs--;
	/* What a device said of an object is not known then: it is offered once more and says it again. */
	if (job->err != ERR_OK && ask->message.what == OBJECT_DONE)
		link->offer_us = clock_now().mono_us + LATER_US;
	else if (job->err != ERR_OK)
		cannot_store(link, ask);
	else if (!ask->delivered && ask->answer.message.what != 0)
		put(link, &ask->answer.message);
	else if (ask->delivered && ask->message.status == OBJECT_LATER)
		link->offer_us = clock_now().mono_us + LATER_US;
	else if (ask->delivered)
		link_object_offer(link);
}
