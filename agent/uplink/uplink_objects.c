/* SPDX-License-Identifier: Apache-2.0 */
/* Objects over the session: hands messages to the two halves (object_in.h, object_out.h) and makes frames of theirs. */
#include "agent/uplink/uplink_parts.h"

void uplink_objects_open(struct uplink *u, const struct uplink_objects_setup *setup)
{
	object_in_init(&u->objects.in, setup->disk, (struct object_in_limits){setup->bytes_max, setup->rate});
	object_out_init(&u->objects.out, setup->disk, setup->rate);
	u->objects.use = true;
}

void uplink_objects_received(struct uplink *u, const struct object_message *m)
{
	if (!u->objects.use)
		return;
	object_in_message(&u->objects.in, m, u->now);
	object_out_message(&u->objects.out, m, u->now);
}

void uplink_objects_unlinked(struct uplink *u)
{
	object_in_unlinked(&u->objects.in);
	object_out_unlinked(&u->objects.out);
}

const struct actor_object *uplink_objects_ask(struct uplink *u)
{
	return u->objects.use ? object_in_ask(&u->objects.in) : NULL;
}

static bool may_send(const struct uplink *u)
{
	return u->objects.use && u->state == UP && u->pending <= UPLINK_PENDING_MAX;
}

struct str uplink_objects_frame(struct uplink *u)
{
	struct buf b = buf_over(u->out, sizeof(u->out));
	struct object_message m;

	if (!may_send(u))
		return STR_NONE;
	if (!object_in_take(&u->objects.in, u->now, &m) && !object_out_take(&u->objects.out, u->now, &m))
		return STR_NONE;
	object_message_put(&b, OBJECT_TO_SERVER, &m);
	u->sent_us = u->now.mono_us;
	u->frames_out++;
	return buf_str(&b);
}

int64_t uplink_objects_deadline(const struct uplink *u)
{
	int64_t in = object_in_deadline(&u->objects.in), out = object_out_deadline(&u->objects.out);

	if (!may_send(u))
		return INT64_MAX;
	return in < out ? in : out;
}

void uplink_objects_answer(struct uplink *u, const struct actor_object_answer *answer, struct now now)
{
	u->now = now;
	if (u->objects.use)
		object_in_answer(&u->objects.in, answer, now);
}

void uplink_objects_synced(struct uplink *u)
{
	object_in_synced(&u->objects.in);
}

void uplink_objects_look(struct uplink *u)
{
	object_out_look(&u->objects.out);
}

void uplink_objects_health(const struct uplink *u, struct uplink_objects_health *out)
{
	const struct object_in_health *in = &u->objects.in.health;
	const struct object_out_health *sent = &u->objects.out.health;

	*out = (struct uplink_objects_health){
		.kept = in->kept,
		.refused = in->refused,
		.restarted = in->restarted,
		.bytes_in = in->bytes,
		.disorder = in->disorder,
		.sent = sent->kept,
		.unsent = sent->refused,
		.damaged = sent->damaged,
		.bytes_out = sent->bytes,
		.problem = {in->problem, sent->problem},
	};
}
