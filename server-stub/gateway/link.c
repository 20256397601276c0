/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of one connection: from the socket through TLS to link_session.c, and back. Everything read is worked off
 * before the next read, so that all connections of a loop share two buffers.
 */
#include "server-stub/gateway/link.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "server-stub/gateway/link_session.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static uint64_t make_id(const struct loop *loop, uint32_t slot)
{
	return (uint64_t)(loop->index + 1) << 56 | (uint64_t)(loop->slots[slot].generation & 0xffffff) << 32 | slot;
}

struct link *link_by_id(struct loop *loop, uint64_t id)
{
	uint32_t slot = (uint32_t)id;
	struct link *link = slot < loop->links_max ? loop->slots[slot].link : NULL;

	return link && link->id == id && link->state != LINK_CLOSED ? link : NULL;
}

static struct link *link_new(struct loop *loop)
{
	struct link *link = calloc(1, sizeof(*link) + session_size() + 16);
	uint32_t slot;

	if (!link)
		return NULL;
	slot = loop->free_slots[--loop->free_count];
	loop->slots[slot].link = link;
	loop->slots[slot].generation++;
	link->id = make_id(loop, slot);
	link->loop = loop;
	link->state = LINK_SHAKING;
	link->next = loop->links;
	if (loop->links)
		loop->links->previous = link;
	loop->links = link;
	loop->link_count++;
	return link;
}

void link_leave_half_open(struct link *link)
{
	if (!link->half_open)
		return;
	link->half_open = false;
	link->loop->half_open--;
	link->loop->sources[link->source]--;
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
		link->loop->tls_retired--;
		link_tls_close(tls);
	}
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void leave_paused(struct link *link)
{
	struct link **at = &link->loop->paused;

	while (*at && *at != link)
		at = &(*at)->next_paused;
	if (*at)
		*at = link->next_paused;
}

void link_close(struct link *link)
{
	struct loop *loop = link->loop;
	uint32_t slot = (uint32_t)link->id;

	if (link->state == LINK_CLOSED)
		return;
	link_session_stop(link);
	link->state = LINK_CLOSED;
	link_leave_half_open(link);
	leave_paused(link);
	free_tls(link);
	free(link->backlog.data);
	free(link->enroll.data);
	link->backlog = link->enroll = buf_over(NULL, 0);
	*(link->previous ? &link->previous->next : &loop->links) = link->next;
	if (link->next)
		link->next->previous = link->previous;
	loop->slots[slot].link = NULL;
	loop->free_slots[loop->free_count++] = slot;
	loop->link_count--;
	uv_close((uv_handle_t *)&link->tcp, on_closed);
}

/* -- coming and going -- */

static void note_address(struct link *link)
{
	struct sockaddr_storage peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&peer;
	int len = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	if (uv_tcp_getpeername(&link->tcp, (struct sockaddr *)&peer, &len) != 0)
		return;
	if (peer.ss_family == AF_INET)
		uv_ip4_name((const struct sockaddr_in *)&peer, link->address, sizeof(link->address));
	else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, link->address, sizeof(link->address));
	else
		uv_ip6_name(v6, link->address, sizeof(link->address));
}

/* One address may not hold the door for all others; of IPv6 a /64 counts as one. */
static bool enter_half_open(struct link *link)
{
	struct loop *loop = link->loop;
	const struct fleet_conf *conf = loop->shared->conf;
	unsigned max = conf->address_half_open_max / loop->shared->loop_count + 1;
	size_t len = strlen(link->address);
	struct in6_addr v6;

	if (inet_pton(AF_INET6, link->address, &v6) == 1)
		link->source = (uint16_t)(hash_bytes(&loop->source_key, &v6, 8) % LOOP_SOURCES);
	else
		link->source = (uint16_t)(hash_bytes(&loop->source_key, link->address, len) % LOOP_SOURCES);
	if (loop->sources[link->source] >= max || loop->half_open > loop->links_max / 4 * 3)
		return false;
	link->half_open = true;
	loop->half_open++;
	loop->sources[link->source]++;
	return true;
}

/* The connection must be taken to be refused. */
static void refuse(struct loop *loop)
{
	uv_tcp_t *tcp = malloc(sizeof(*tcp));

	loop->shared->refused++;
	if (!tcp || uv_tcp_init(&loop->uv, tcp) != 0) {
		free(tcp);
		return;
	}
	tcp->data = tcp;
	(void)uv_accept((uv_stream_t *)&loop->listener, (uv_stream_t *)tcp);
	uv_close((uv_handle_t *)tcp, on_closed);
}

void link_accept(struct loop *loop)
{
	struct link *link = loop->free_count > 0 ? link_new(loop) : NULL;

	if (!link) {
		say_limited(&loop->limit, "%u connections: no more are taken", loop->link_count);
		refuse(loop);
		return;
	}
	/* Cannot fail before the handle is bound. */
	require(uv_tcp_init(&loop->uv, &link->tcp) == 0);
	link->tcp.data = link;
	link->deadline_us = clock_now().mono_us + LINK_HANDSHAKE_US;
	if (uv_accept((uv_stream_t *)&loop->listener, (uv_stream_t *)&link->tcp) != 0) {
		link_close(link);
		return;
	}
	note_address(link);
	if (!enter_half_open(link)) {
		loop->shared->refused++;
		say_limited(&loop->limit, "%s: too many handshakes under way", link->address);
		link_close(link);
		return;
	}
	(void)uv_tcp_nodelay(&link->tcp, 1);
	link_resume(link);
}

void link_tick(struct link *link, struct now now)
{
	switch (link->state) {
	case LINK_UP:
		if (link->hello_seen && now.mono_us >= session_deadline(link->session)) {
			session_tick(link->session, now);
			link_session_drain(link);
			return;
		}
		if (link->hello_seen || now.mono_us < link->deadline_us)
			return;
		link_close(link);
		return;
	case LINK_SHAKING:
	case LINK_ENROLLING:
	case LINK_ENDING:
		if (now.mono_us >= link->deadline_us)
			link_close(link);
		return;
	default:
		return;
	}
}
