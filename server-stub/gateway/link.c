/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and closes links: their memory, their place in the tables of the loop, the count of handshakes under way. */
#include "server-stub/gateway/link.h"

#include "server-stub/gateway/link_device.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static uint64_t make_id(const struct links *links, uint32_t slot)
{
	return (uint64_t)(links->index + 1) << 56 | (uint64_t)(links->slots[slot].generation & 0xffffff) << 32 | slot;
}

struct link *link_by_id(struct links *links, uint64_t id)
{
	uint32_t slot = (uint32_t)id;
	struct link *link = slot < links->links_max ? links->slots[slot].link : NULL;

	return link && link->id == id && link->state != LINK_CLOSED ? link : NULL;
}

struct link *link_new(struct links *links)
{
	struct link *link = calloc(1, sizeof(*link) + session_size() + 16);
	uint32_t slot;

	if (!link)
		return NULL;
	slot = links->free_slots[--links->free_count];
	links->slots[slot].link = link;
	links->slots[slot].generation++;
	link->id = make_id(links, slot);
	link->links = links;
	link->state = LINK_SHAKING;
	link->next = links->all;
	if (links->all)
		links->all->previous = link;
	links->all = link;
	links->link_count++;
	return link;
}

bool link_enter_half_open(struct link *link)
{
	struct links *links = link->links;
	const struct fleet_conf *conf = links->shared->conf;
	unsigned max = conf->address_half_open_max / links->shared->loop_count + 1;
	size_t len = strlen(link->address);
	struct in6_addr v6;

	if (inet_pton(AF_INET6, link->address, &v6) == 1)
		link->source = (uint16_t)(hash_bytes(&links->source_key, &v6, 8) % LINK_SOURCES);
	else
		link->source = (uint16_t)(hash_bytes(&links->source_key, link->address, len) % LINK_SOURCES);
	if (links->sources[link->source] >= max || links->half_open > links->links_max / 4 * 3)
		return false;
	link->half_open = true;
	links->half_open++;
	links->sources[link->source]++;
	return true;
}

void link_leave_half_open(struct link *link)
{
	if (!link->half_open)
		return;
	link->half_open = false;
	link->links->half_open--;
	link->links->sources[link->source]--;
}

static void free_tls(struct link *link)
{
	struct link_tls *tls = link->peer.tls;

	if (!tls)
		return;
	tls_end_free(link->tls);
	link->tls = NULL;
	link->peer.tls = NULL;
	if (--tls->users == 0 && tls->replaced) {
		link->links->tls_retired--;
		link_tls_close(tls);
	}
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void leave_paused(struct link *link)
{
	struct link **at = &link->links->paused;

	while (*at && *at != link)
		at = &(*at)->next_paused;
	if (*at)
		*at = link->next_paused;
}

void link_close(struct link *link)
{
	struct links *links = link->links;
	uint32_t slot = (uint32_t)link->id;

	if (link->state == LINK_CLOSED)
		return;
	link_device_leave(link);
	link->state = LINK_CLOSED;
	link_leave_half_open(link);
	leave_paused(link);
	free_tls(link);
	free(link->backlog.data);
	free(link->enroll.data);
	link->backlog = link->enroll = buf_over(NULL, 0);
	*(link->previous ? &link->previous->next : &links->all) = link->next;
	if (link->next)
		link->next->previous = link->previous;
	links->slots[slot].link = NULL;
	links->free_slots[links->free_count++] = slot;
	links->link_count--;
	uv_close((uv_handle_t *)&link->tcp, on_closed);
}
