/* SPDX-License-Identifier: Apache-2.0 */
/* The network of the simulated world. There is one device and one service, so there is one connection at most. */
#include "tests/sim/net.h"

#include "agent/base/require.h"

#include <stdlib.h>
#include <string.h>

static struct net *the_net;

void net_begin(struct net *n, struct world *w)
{
	memset(n, 0, sizeof(*n));
	n->world = w;
	n->cut_after = -1;
	for (unsigned i = 0; i < 2; i++)
		n->to[i].bytes = malloc(NET_BYTES_MAX);
	the_net = n;
}

void net_end(struct net *n)
{
	free(n->to[0].bytes);
	free(n->to[1].bytes);
}

bool net_connect(struct net *n)
{
	require(n->connection == 0);
	if (n->world->time_us < n->down_until_us && !n->world->peace)
		return false;
	n->connection = ++n->last;
	n->black = false;
	n->cut_after = -1;
	if (n->world->scenario->link_cut_bytes && !n->world->peace) {
		n->cut_after = (int64_t)world_random(n->world, 2 * (uint64_t)n->world->scenario->link_cut_bytes) + 1;
		n->world->link_cuts++;
	}
	n->to[NET_DEVICE].moving = n->to[NET_SERVICE].moving = false;
	return true;
}

void net_close(struct net *n, bool tell_device, bool tell_service)
{
	if (n->connection == 0)
		return;
	n->connection = 0;
	for (unsigned i = 0; i < 2; i++)
		n->to[i].len = 0;
	if (tell_service)
		n->broke(n->world, NET_SERVICE);
	if (tell_device)
		n->broke(n->world, NET_DEVICE);
}

static void deliver(struct world *w, uint64_t tag)
{
	struct net *n = the_net;
	enum net_side side = (enum net_side)(tag & 1);
	struct net_pipe *p = &n->to[side];
	static uint8_t piece[16384];

	if (tag >> 1 != n->connection)
		return; /* of a connection that is no more */
	p->moving = false;
	if (n->black || p->len == 0)
		return;
	size_t len = 1 + (size_t)world_random(w, world_chance(w, 300) ? 64 : sizeof(piece));

	if (len > p->len)
		len = p->len;
	if (n->cut_after >= 0 && (int64_t)len > n->cut_after)
		len = (size_t)n->cut_after;
	memcpy(piece, p->bytes, len);
	memmove(p->bytes, p->bytes + len, p->len - len);
	p->len -= len;
	if (n->cut_after >= 0)
		n->cut_after -= (int64_t)len;
	if (p->len)
		net_send(n, side, STR_NONE);
	if (len)
		n->arrived(w, side, (struct str){(const char *)piece, len});
	if (n->cut_after == 0 && tag >> 1 == n->connection)
		net_close(n, true, true);
}

void net_send(struct net *n, enum net_side to, struct str bytes)
{
	struct net_pipe *p = &n->to[to];

	if (n->connection == 0)
		return;
	require(p->len + bytes.len <= NET_BYTES_MAX);
	if (bytes.len)
		memcpy(p->bytes + p->len, bytes.data, bytes.len);
	p->len += bytes.len;
	if (p->moving || n->black)
		return;
	p->moving = true;
	world_after(n->world, 200 + (int64_t)world_random(n->world, 20000), deliver, n->connection << 1 | to);
}

size_t net_pending(const struct net *n, enum net_side to)
{
	return n->to[to].len;
}

void net_cut_after(struct net *n, size_t bytes)
{
	n->cut_after = (int64_t)bytes;
	if (bytes == 0)
		net_close(n, true, true);
}

void net_go_black(struct net *n)
{
	n->black = true;
}
