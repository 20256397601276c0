/* SPDX-License-Identifier: Apache-2.0 */
/* Which device uses which link: the table of this loop, and changes of the presence that all loops share. */
#include "server-stub/gateway/link_device.h"

#include "agent/base/clock.h"

#include <string.h>

static unsigned bucket(const uint8_t device[STORE_ID])
{
	uint32_t bits;

	memcpy(&bits, device + 12, sizeof(bits));
	return (bits * UINT32_C(2654435761)) >> 18 & (LINK_BUCKETS - 1);
}

struct link *link_device_of(struct links *links, const uint8_t device[STORE_ID])
{
	struct link *link = links->devices[bucket(device)];

	while (link && memcmp(link->peer.identity.device, device, STORE_ID) != 0)
		link = link->next_device;
	return link;
}

struct presence_post {
	struct link *link;
	bool connected;
	int64_t seen_us;
};

static void post_presence(void *arg)
{
	const struct presence_post *post = arg;
	struct link *link = post->link;
	struct job *job = job_new(JOB_PRESENCE, 0);
	struct registry_presence *p;

	/* Lost without memory; the next HEARD of the device puts it right. */
	if (!job)
		return;
	p = &job->u.presence.now;
	memcpy(p->device, link->peer.identity.device, STORE_ID);
	p->connected = post->connected;
	p->last_seen_us = clock_now().wall_us;
	str_show(str_from(link->address), p->address, sizeof(p->address));
	job->u.presence.seen_us = post->seen_us;
	(void)job_queue_put(link->links->shared->writer, job);
}

bool link_device_enter(struct link *link, int64_t seen_us, uint64_t *before)
{
	struct links *links = link->links;
	struct presence_post post = {link, true, seen_us};
	struct presence_change change = {link->peer.identity.device, link->id, post_presence, &post};
	struct link **at = &links->devices[bucket(link->peer.identity.device)];

	if (!presence_enter(links->shared->presence, &change, before))
		return false;
	link->entered = true;
	link->next_device = *at;
	*at = link;
	return true;
}

void link_device_leave(struct link *link)
{
	struct presence_post post = {link, false, 0};
	struct presence_change change = {link->peer.identity.device, link->id, post_presence, &post};
	struct link **at = &link->links->devices[bucket(link->peer.identity.device)];

	if (link->session)
		session_end(link->session);
	if (!link->entered)
		return;
	link->entered = false;
	presence_leave(link->links->shared->presence, &change);
	while (*at && *at != link)
		at = &(*at)->next_device;
	if (*at)
		*at = link->next_device;
}
