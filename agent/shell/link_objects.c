/* SPDX-License-Identifier: Apache-2.0 */
/* Moves requests about objects, and reports. Never looks at an object. */
#include "agent/shell/link_objects.h"

#include "agent/common/core_fds.h"
#include "agent/source/feed.h"
#include "agent/source/health.h"
#include "proto/object.h"

static void synced(void *arg, uint64_t token, enum err err)
{
	struct link_objects *o = arg;

	(void)token;
	(void)err;
	uplink_objects_synced(o->uplink);
}

void link_objects_open(struct link_objects *o, struct feed *feed, struct uplink *uplink)
{
	o->feed = feed;
	o->uplink = uplink;
	spool_disk_open(&o->disk, feed->uv, CORE_FD_STATE);
	o->disk.synced = synced;
	o->disk.arg = o;
	uplink_objects_open(uplink, &(struct uplink_objects_setup){.disk = &o->disk.ops,
								   .bytes_max = feed->settings->objects_bytes_max,
								   .rate = feed->settings->objects_rate});
}

void link_objects_ask(struct link_objects *o, const struct actor_object *object)
{
	struct actor_object request = *object;
	struct actor_object_answer busy = {.put = object->put, .err = ERR_BUSY};

	request.header = (struct actor_header){0};
	if (o->feed->ask(o->feed->context, ACTOR_OBJECT, &request))
		return;
	object_id((struct str){(const char *)object->statement, object->statement_len}, busy.id);
	uplink_objects_answer(o->uplink, &busy, feed_now());
}

void link_objects_problems(struct link_objects *o)
{
	struct uplink_objects_health health;

	uplink_objects_health(o->uplink, &health);
	for (unsigned i = 0; i < 2; i++)
		if (health.problem[i][0])
			health_set(o->feed->health, HEALTH_OBJECTS + i, "%s", health.problem[i]);
		else
			health_set(o->feed->health, HEALTH_OBJECTS + i, NULL);
}

void link_objects_count(const struct link_objects *o, struct core_shell_health *out)
{
	struct uplink_objects_health health;

	uplink_objects_health(o->uplink, &health);
	health_count(out, "objects_kept", health.kept);
	health_count(out, "objects_refused", health.refused);
	health_count(out, "objects_restarted", health.restarted);
	health_count(out, "objects_disorder", health.disorder);
	health_count(out, "objects_bytes_in", health.bytes_in);
	health_count(out, "objects_sent", health.sent);
	health_count(out, "objects_unsent", health.unsent);
	health_count(out, "objects_damaged", health.damaged);
	health_count(out, "objects_bytes_out", health.bytes_out);
}
