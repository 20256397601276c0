/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the table of listeners and counts connections; makes an event of each listener that comes or goes, and of each
 * connection. Who took a connection is who listened for it: whether that handed it on is not known.
 */
#include "agent/base/now.h"
#include "agent/event/listener.h"
#include "agent/sensors/path.h"
#include "agent/sensors/sensors.h"
#include "agent/sensors/socket/socket_connections.h"
#include "agent/sensors/socket/socket_listeners.h"
#include "agent/sensors/socket/socket_service.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define PENDING_US SECOND_US /* no client's socket that waits for one answer is told of */

/* Texts of the event that is being made. */
struct scratch {
	char image[SOCKET_SAMPLE_PATH_MAX + 8];
	char number[SOCKET_OWNER_NUMBER];
};

struct state {
	const struct settings *settings;
	struct scratch *scratch; /* what follows: a row of a table is read by a const state */
	struct scratch memory;
	uint64_t connections, ownerless, damaged;
	bool looked[CONNECTION_PROTOCOLS]; /* the first look has ended */
	struct socket_connections seen;
	struct socket_listeners listeners;
};

static void init(void *state, const struct settings *settings)
{
	struct state *s = state;

	memset(s, 0, offsetof(struct state, seen));
	s->settings = settings;
	s->scratch = &s->memory;
	socket_connections_init(&s->seen);
	socket_listeners_init(&s->listeners);
}

static struct str path_of(struct scratch *scratch, const struct socket_text *t)
{
	struct buf b = buf_over(scratch->image, sizeof(scratch->image));

	path_put(&b, t->exe, t->head.flags & SOCKET_SAMPLE_BACK, t->head.flags & SOCKET_SAMPLE_EXE_CUT);
	return buf_str(&b);
}

/*
 * A decoy of the guard is no service, whatever is usually spoken at its port. Its socket is made by one half and held
 * by the other, so that either is who listens.
 */
static bool is_decoy(const struct state *s, const struct socket_listener *l, struct str program)
{
	if (l->protocol != CONNECTION_TCP ||
	    (!str_equal(program, STR("caltrop-core")) && !str_equal(program, STR("caltropd"))))
		return false;
	for (unsigned i = 0; i < s->settings->decoy_count; i++)
		if (s->settings->decoys[i] == l->port)
			return true;
	return false;
}

/* Whether it is news: the guard's own decoys are not, since rules about such ports would find the guard. */
static bool describe_listener(struct event *event, const struct socket_listener *l, const struct state *s)
{
	struct socket_owner_texts owner = socket_owner_texts(&l->owner, s->scratch->number);
	struct str program = str_empty(owner.image) ? owner.name : path_base(owner.image);
	struct socket_service service = socket_service_of(l->protocol, l->port, program);
	bool decoy = is_decoy(s, l, program);
	struct listener_event *e = &event->listener;

	if (decoy)
		service = (struct socket_service){STR("decoy"), false};
	memset(event, 0, sizeof(*event));
	event->kind = EVENT_LISTENER;
	event->count = 1;
	e->action = l->action;
	e->protocol = l->protocol;
	e->source = l->source;
	e->addr = l->addr;
	e->port = l->port;
	e->service = service.name;
	e->plain = service.plain && !addr_is_loopback(&l->addr);
	event->severity = e->plain && e->action != LISTENER_CLOSED ? SEV_MEDIUM : SEV_INFO;
	e->pid = l->owner.pid;
	e->image = owner.image;
	e->name = owner.name;
	e->user = owner.user;
	e->uid = owner.uid;
	e->since_s = l->since_s;
	return !decoy;
}

static void tell_listener(struct state *s, const struct socket_listener *l, const struct sensors_sink *sink)
{
	struct event event;

	if (describe_listener(&event, l, s))
		sink->emit(sink->context, &event);
}

static void begin(struct state *s, struct socket_listener *l, const struct socket_text *t, struct now now)
{
	l->addr = t->local;
	l->port = t->head.local_port;
	l->protocol = t->head.protocol;
	l->source = t->head.source < CONNECTION_SOURCES ? t->head.source : CONNECTION_SOURCE_NONE;
	l->action = s->looked[l->protocol] ? LISTENER_OPENED : LISTENER_LISTENS;
	l->pending = t->head.flags & SOCKET_SAMPLE_PENDING;
	l->first_us = now.mono_us;
	l->since_s = (uint64_t)(now.wall_us / SECOND_US);
}

static void listens(struct state *s, const struct socket_text *t, struct now now, const struct sensors_sink *sink)
{
	struct socket_listener *l = socket_listeners_find(&s->listeners, t->head.cookie);
	bool fresh = !l, ripe;

	if (fresh)
		l = socket_listeners_add(&s->listeners, t->head.cookie);
	if (!l)
		return;
	/* What came first may know less. */
	if (fresh || (l->owner.pid == 0 && t->head.pid != 0))
		socket_owner_note(&l->owner, t, path_of(s->scratch, t));
	if (fresh)
		begin(s, l, t, now);
	ripe = fresh ? !l->pending : l->pending && now.mono_us - l->first_us >= PENDING_US;
	l->look = t->head.look;
	if (ripe) {
		l->pending = false;
		tell_listener(s, l, sink);
	}
}

static void ends(struct state *s, struct socket_listener *l, const struct sensors_sink *sink)
{
	l->action = LISTENER_CLOSED;
	if (!l->pending)
		tell_listener(s, l, sink);
	socket_listeners_remove(&s->listeners, l);
}

static void closed(struct state *s, uint64_t cookie, const struct sensors_sink *sink)
{
	struct socket_listener *l = socket_listeners_find(&s->listeners, cookie);

	if (l)
		ends(s, l, sink);
}

/* What the look did not show is gone, unless something else told of it while the kernel was making its list. */
static void looked(struct state *s, const struct socket_sample *h, const struct sensors_sink *sink)
{
	struct socket_listener *next;

	for (struct socket_listener *l = socket_listeners_next(&s->listeners, NULL); l; l = next) {
		next = socket_listeners_next(&s->listeners, l);
		if (l->protocol == h->protocol && l->look != 0 && l->look != h->look)
			ends(s, l, sink);
		else if (l->protocol == h->protocol)
			l->look = h->look;
	}
	s->looked[h->protocol] = true;
}

static void describe_connection(struct event *event, const struct socket_connection_key *key)
{
	struct connection_event *e = &event->connection;

	memset(event, 0, sizeof(*event));
	event->kind = EVENT_CONNECTION;
	event->severity = SEV_INFO;
	event->count = 1;
	e->action = key->action;
	e->direction = key->direction;
	e->protocol = key->protocol;
	e->source = key->source;
	e->initiated = key->action == CONNECTION_ACCEPTED || key->direction == CONNECTION_INCOMING
			       ? CONNECTION_INITIATED_NO
			       : CONNECTION_INITIATED_YES;
	e->src = key->src;
	e->dst = key->dst;
	e->dst_port = key->dst_port;
}

static void set_owner(struct connection_event *e, const struct socket_owner *owner, struct scratch *scratch)
{
	struct socket_owner_texts texts = socket_owner_texts(owner, scratch->number);

	e->image = texts.image;
	e->name = texts.name;
	e->user = texts.user;
	e->uid = texts.uid;
}

/* The owner, by the sample or by who is bound to the local end, and the path of its program. */
static struct str find_owner(struct state *s, const struct socket_text *t, struct socket_owner *owner)
{
	const struct socket_listener *l = NULL;
	struct str image = path_of(s->scratch, t);

	socket_owner_note(owner, t, image);
	if (t->head.flags & SOCKET_SAMPLE_SOUGHT)
		return image;
	if (t->head.pid == 0 && (t->head.kind == SOCKET_SAMPLE_ACCEPTED || t->head.protocol == CONNECTION_UDP))
		l = socket_listeners_at(&s->listeners, t->head.protocol, &t->local, t->head.local_port);
	if (!l)
		return image;
	memcpy(owner, &l->owner, sizeof(*owner));
	return (struct str){owner->image, owner->image_len};
}

static uint8_t direction_of(const struct socket_text *t)
{
	if (addr_is_loopback(&t->remote) || addr_equal(&t->local, &t->remote))
		return CONNECTION_LOCAL;
	return t->head.kind == SOCKET_SAMPLE_ACCEPTED ? CONNECTION_INCOMING : CONNECTION_OUTGOING;
}

static uint8_t action_of(const struct socket_sample *h)
{
	if (h->flags & SOCKET_SAMPLE_TRIED)
		return CONNECTION_TRIED;
	if (h->kind == SOCKET_SAMPLE_ACCEPTED)
		return CONNECTION_ACCEPTED;
	return h->kind == SOCKET_SAMPLE_FAILED ? CONNECTION_FAILED : CONNECTION_OPENED;
}

static void connects(struct state *s, const struct socket_text *t, struct now now, const struct sensors_sink *sink)
{
	bool accepted = t->head.kind == SOCKET_SAMPLE_ACCEPTED;
	struct socket_connection_key key;
	struct socket_connection *row;
	struct socket_owner owner;
	struct event event;
	struct str image = find_owner(s, t, &owner);

	memset(&key, 0, sizeof(key));
	key.action = action_of(&t->head);
	key.direction = direction_of(t);
	key.protocol = t->head.protocol;
	key.source = t->head.source < CONNECTION_SOURCES ? t->head.source : CONNECTION_SOURCE_NONE;
	key.src = accepted ? t->remote : t->local;
	key.dst = accepted ? t->local : t->remote;
	key.dst_port = accepted ? t->head.local_port : t->head.remote_port;
	memcpy(&key.owner, &owner, sizeof(owner));
	key.owner.pid = 0;
	row = socket_connections_count(&s->seen, &key);
	row->pid = owner.pid;
	row->src_port = accepted ? t->head.remote_port : t->head.local_port;
	row->last_s = (uint64_t)(now.wall_us / SECOND_US);
	s->connections++;
	s->ownerless += owner.pid == 0;
	describe_connection(&event, &key);
	set_owner(&event.connection, &owner, s->scratch);
	if (image.len)
		event.connection.image = image; /* uncut */
	event.connection.pid = owner.pid;
	event.connection.src_port = row->src_port;
	sink->emit(sink->context, &event);
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct socket_text t;

	if (!socket_text_read(bytes, &t)) {
		s->damaged++;
		return;
	}
	switch (t.head.kind) {
	case SOCKET_SAMPLE_LISTENS: listens(s, &t, now, sink); break;
	case SOCKET_SAMPLE_CLOSED: closed(s, t.head.cookie, sink); break;
	case SOCKET_SAMPLE_LOOKED: looked(s, &t.head, sink); break;
	default: connects(s, &t, now, sink); break;
	}
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"connections", s->connections};
	out[1] = (struct sensors_counter){"connections_ownerless", s->ownerless};
	out[2] = (struct sensors_counter){"connections_forgotten", s->seen.lru.evicted};
	out[3] = (struct sensors_counter){"listeners", s->listeners.lru.count};
	out[4] = (struct sensors_counter){"listeners_unseen", s->listeners.unseen};
	out[5] = (struct sensors_counter){"socket_damaged", s->damaged};
	return 6;
}

static const char *problem(const void *state)
{
	const struct state *s = state;

	if (!lru_full(&s->listeners.lru) || s->listeners.unseen == 0)
		return NULL;
	return "more sockets listen than LISTENERS_MAX: those that came last are not seen";
}

static bool listener_row(const void *state, uint32_t number, struct event *out)
{
	const struct state *s = state;
	const struct socket_listener *l = NULL;

	while ((l = socket_listeners_next(&s->listeners, l)) != NULL)
		if (!l->pending && number-- == 0)
			break;
	if (l)
		(void)describe_listener(out, l, s);
	return l != NULL;
}

static bool connection_row(const void *state, uint32_t number, struct event *out)
{
	const struct state *s = state;
	const struct socket_connection *c = socket_connections_at(&s->seen, number);

	if (!c)
		return false;
	describe_connection(out, &c->key);
	set_owner(&out->connection, &c->key.owner, s->scratch);
	out->connection.pid = c->pid;
	out->connection.src_port = c->src_port;
	out->connection.hits = c->hits;
	out->connection.last_s = c->last_s;
	return true;
}

static const char *off(const struct settings *settings)
{
	return settings->network
		       ? NULL
		       : "listeners and connections are not watched: set enabled = yes in [network] of caltrop.conf";
}

const struct sensors_row socket_sensor_row = {
	.name = "socket",
	.section = "network",
	.source = SENSORS_SOURCE_SOCKET,
	.kinds = 1u << EVENT_CONNECTION | 1u << EVENT_LISTENER,
	.size = sizeof(struct state),
	.init = init,
	.decode = decode,
	.off = off,
	.counters = counters,
	.problem = problem,
	.tables = {{"listeners", listener_row}, {"connections", connection_row}},
};
