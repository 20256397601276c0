/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections are listed in batches, because the list and its ends share one socket: list, destroy, and list again
 * until nothing of a list could be destroyed. What the kernel refuses comes again each time; the last list counts.
 */
#include "agent/actor/sys/cut.h"

#include "agent/base/netlink.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

/* enum of linux/tcp_states.h, which programs do not get: from TCP_ESTABLISHED to TCP_NEW_SYN_RECV without those that
 * are no connection (any more): TCP_TIME_WAIT 6, TCP_CLOSE 7, TCP_LISTEN 10. */
#define STATES (1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 8 | 1u << 9 | 1u << 11 | 1u << 12)

_Static_assert(sizeof(struct inet_diag_sockid) == sizeof(((struct cut_key *)0)->id), "the kernel's key");

struct listing {
	struct cut *cut;
	bool (*passes)(void *context, const struct cut_peer *peer);
	void *context;
	bool full;
};

enum err cut_open(struct cut *c, void *memory, size_t cap)
{
	memset(c, 0, sizeof(*c));
	c->socket = (struct netlink){.fd = -1, .in = memory, .in_cap = cap};
	return netlink_open(&c->socket, NETLINK_SOCK_DIAG);
}

void cut_close(struct cut *c)
{
	netlink_close(&c->socket);
}

/* Its addresses as a filter of packets has them. */
static struct addr addr_of(uint8_t family, const void *bytes)
{
	return addr_wire(family == AF_INET ? 4 : 6, bytes);
}

static void take_connection(void *context, const struct netlink_message *reply)
{
	struct listing *l = context;
	struct view body = reply->body;
	struct inet_diag_msg m;
	struct cut_peer peer;
	struct cut_key *key;

	if (reply->type != SOCK_DIAG_BY_FAMILY || !netlink_take_header(&body, &m, sizeof(m)) ||
	    (m.idiag_family != AF_INET && m.idiag_family != AF_INET6))
		return;
	peer = (struct cut_peer){.local = addr_of(m.idiag_family, m.id.idiag_src),
				 .peer = addr_of(m.idiag_family, m.id.idiag_dst),
				 .local_port = ntohs(m.id.idiag_sport),
				 .peer_port = ntohs(m.id.idiag_dport),
				 .uid = m.idiag_uid,
				 .inode = m.idiag_inode};
	if (addr_is_loopback(&peer.peer) || addr_equal(&peer.peer, &peer.local) || l->passes(l->context, &peer))
		return;
	if (l->cut->count == CUT_BATCH_MAX) {
		l->full = true;
		return;
	}
	key = &l->cut->keys[l->cut->count++];
	key->family = m.idiag_family;
	memcpy(key->id, &m.id, sizeof(key->id));
}

struct mark {
	struct listing *listing;
	unsigned count;
};

static void take_marked(void *context, const struct netlink_message *reply)
{
	take_connection(((struct mark *)context)->listing, reply);
}

static void back_to_mark(void *context)
{
	const struct mark *m = context;

	m->listing->cut->count = m->count;
	m->listing->full = false;
}

static enum err ask(struct cut *c, uint16_t flags, const struct cut_key *key, const struct netlink_reader *reader)
{
	uint8_t bytes[128];
	struct netlink_out o = netlink_over(bytes, sizeof(bytes));
	struct inet_diag_req_v2 request = {.sdiag_family = key->family, .sdiag_protocol = IPPROTO_TCP};

	o.seq = c->seq;
	netlink_clear(&o);
	request.idiag_states = STATES;
	memcpy(&request.id, key->id, sizeof(request.id));
	netlink_begin(&o, flags & NLM_F_DUMP ? SOCK_DIAG_BY_FAMILY : SOCK_DESTROY, flags);
	netlink_header(&o, &request, sizeof(request));
	c->seq = o.seq;
	return netlink_ask(&c->socket, &o, o.seq, reader);
}

/* Fill the batch from both families. The kernel's list may change meanwhile, which the next one shows. */
static enum err list(struct listing *l)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	enum err err = ERR_OK;

	l->cut->count = 0;
	l->full = false;
	for (unsigned i = 0; i < 2 && err == ERR_OK && !l->full; i++) {
		struct mark mark = {l, l->cut->count};
		struct netlink_reader reader = {take_marked, back_to_mark, &mark};

		err = ask(l->cut, NLM_F_DUMP, &(struct cut_key){.family = families[i]}, &reader);
		/* A kernel without IPv6 has none of its connections. */
		if (i == 1 && (err == ERR_NOT_FOUND || err == ERR_UNSUPPORTED))
			err = ERR_OK;
	}
	return err == ERR_NOT_FOUND ? ERR_UNSUPPORTED : err;
}

/* Returns how many of the batch are destroyed; `unable` counts refusals for want of support. */
static unsigned destroy(struct cut *c, unsigned *refused, unsigned *unable)
{
	unsigned destroyed = 0;

	*refused = *unable = 0;
	for (unsigned i = 0; i < c->count; i++) {
		enum err err = ask(c, NLM_F_ACK, &c->keys[i], NULL);

		destroyed += err == ERR_OK;
		*unable += err == ERR_UNSUPPORTED;
		/* One that ended by itself meanwhile is neither. */
		*refused += err != ERR_OK && err != ERR_NOT_FOUND;
	}
	return destroyed;
}

enum err cut_connections(struct cut *c, bool (*passes)(void *context, const struct cut_peer *peer), void *context,
			 struct cut_report *report)
{
	struct listing l = {.cut = c, .passes = passes, .context = context};

	*report = (struct cut_report){0};
	for (unsigned round = 0; round < CUT_ROUNDS_MAX; round++) {
		unsigned destroyed, unable;
		enum err err = list(&l);

		if (err != ERR_OK)
			return err;
		destroyed = destroy(c, &report->refused, &unable);
		report->destroyed += destroyed;
		report->more = l.full;
		if (report->destroyed == 0 && unable > 0)
			return ERR_UNSUPPORTED;
		if (c->count == 0 || (destroyed == 0 && report->refused > 0))
			return ERR_OK;
	}
	report->more = true;
	return ERR_OK;
}
