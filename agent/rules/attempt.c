/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts each try to log in once, between the sensors and the rules. A small table of recent connections, sets of
 * ATTEMPT_WAYS chosen by service and source. Never decides anything about a source.
 *
 * To which connection does a trace belong?
 *  1. to one with its pid that still waits for this witness (fewer of its traces than attempts counted);
 *  2. else, when the pid can't be trusted to be the connection's own, to the oldest recent one of the same service,
 *     source and user that waits for this witness. That joins keyboard-interactive children with their monitor, and
 *     audit records of another pid namespace with syslog lines;
 *  3. else to the latest one with its pid, as a new attempt;
 *  4. else to a new one.
 * Step 2 is not taken lightly: a connection that its client dropped waits for a line that never comes, and would
 * swallow somebody's second try. It is left out when all traces of the pid's connection so far came with that pid,
 * for sshd's password verdicts (which have the pid of their PAM line), and for "Invalid user", which comes first.
 */
#include "agent/rules/attempt.h"

#include "agent/base/buf.h"
#include "agent/base/require.h"
#include "agent/base/view.h"

#include <string.h>

#define TICK_SHIFT 14				/* a tick is 16.4 ms; 32 bits of them are two years */
#define TICKS(us) ((uint32_t)((us) >> TICK_SHIFT))
#define IDLE_TICKS TICKS(180 * SECOND_US)	/* LoginGraceTime of sshd is 120 s */
#define CROSS_TICKS TICKS(30 * SECOND_US)	/* PAM's delay is 2 s; a loaded device is slow */
#define WITNESSES 10u				/* five kinds, two sources */
#define REPEATS_MAX 64u
#define COUNT_HIGH 180u				/* counters are brought down when they get there */

enum { PROBED = 1, UNKNOWN_USER = 2 };

struct seen {
	uint8_t witness;	/* 0: free */
	uint8_t count;
};

struct connection {
	uint32_t group;		/* hash of service and source, never 0; 0: free */
	uint32_t pid, other;	/* 0: not known */
	uint32_t user;		/* hash, 0: not said */
	uint32_t last;		/* ticks */
	uint8_t src[17];	/* family and bytes */
	uint8_t service;
	uint8_t counted;	/* attempts; not less than any seen count */
	uint8_t win;		/* witness that told of a success, 0: none */
	uint8_t flags;
	struct seen seen[WITNESSES];
};

_Static_assert(sizeof(struct connection) == 64, "one cache line");

/* One event being looked up. */
struct look {
	struct attempts *a;
	const struct auth_event *e;
	uint32_t group, user, now;
	uint8_t witness;
	struct attempt *out;	/* to fill when it counts */
};

static struct connection *slot_at(const struct attempts *a, uint32_t slot)
{
	return (struct connection *)(void *)a->entries + slot;
}

uint32_t attempt_slots(const struct attempts *a)
{
	return a->sets * ATTEMPT_WAYS;
}

static uint32_t sets_for(uint32_t connections)
{
	uint32_t sets = 1;

	while (sets * ATTEMPT_WAYS < connections)
		sets *= 2;
	return sets;
}

size_t attempt_size(uint32_t connections)
{
	return (size_t)sets_for(connections) * ATTEMPT_WAYS * sizeof(struct connection);
}

void attempt_init(struct attempts *a, void *memory, uint32_t connections, struct hash_key key)
{
	*a = (struct attempts){.entries = memory, .sets = sets_for(connections), .key = key};
	memset(memory, 0, attempt_size(connections));
}

/* A source index and a kind of trace in one byte that is not 0; files come first, the two sockets behind them. */
static uint8_t witness_of(const struct auth_event *e, uint16_t source)
{
	unsigned from = source < 16 ? source : 16u + (source & 1);

	require(e->trace < 8);
	return (uint8_t)(1 + (from << 3 | e->trace));
}

static uint8_t kind_of(uint8_t witness)
{
	return (witness - 1) & 7;
}

static uint32_t hash_of(const struct attempts *a, uint8_t tag, uint8_t service, struct str bytes)
{
	uint8_t text[2 + 64] = {tag, service};
	size_t len = bytes.len < 64 ? bytes.len : 64;

	if (len)
		memcpy(text + 2, bytes.data, len);
	return (uint32_t)hash_bytes(&a->key, text, 2 + len) | 1;
}

/* What audit and PAM write where they do not know is not a name. */
static uint32_t user_hash(const struct attempts *a, struct str user)
{
	if (user.len == 0 || user.data[0] == '(' || str_equal(user, STR("?")))
		return 0;
	return hash_of(a, 'u', 0, user);
}

static struct look look_for(struct attempts *a, const struct attempt_trace *trace, struct attempt *out)
{
	const struct auth_event *e = trace->event;
	struct look l = {a, e, 0, user_hash(a, e->user), TICKS(trace->now.mono_us), witness_of(e, trace->source), out};

	if (e->src.family)
		l.group = hash_of(a, e->src.family, e->service, (struct str){(const char *)e->src.bytes, 16});
	else
		l.group = hash_of(a, 'h', e->service, e->src_host);
	return l;
}

/* Ticks since it was last heard of; a line of another source may have been a little ahead. */
static uint32_t age_of(const struct connection *c, uint32_t now)
{
	return (int32_t)(now - c->last) < 0 ? 0 : now - c->last;
}

static uint8_t count_of(const struct connection *c, uint8_t witness)
{
	for (unsigned i = 0; i < WITNESSES; i++)
		if (c->seen[i].witness == witness)
			return c->seen[i].count;
	return 0;
}

static bool waits(const struct connection *c, const struct look *l)
{
	return count_of(c, l->witness) < c->counted;
}

static bool has_pid(const struct connection *c, uint32_t pid)
{
	return pid != 0 && (c->pid == pid || c->other == pid);
}

/* Of two candidates of one pid: the one that waits, else the later. */
static struct connection *better(struct connection *a, struct connection *b, const struct look *l)
{
	if (!a || (waits(b, l) && !waits(a, l)))
		return b;
	if (waits(a, l) != waits(b, l))
		return a;
	return age_of(b, l->now) < age_of(a, l->now) ? b : a;
}

/* A line that names no source belongs to whatever source its pid has. */
static struct connection *by_pid(const struct look *l)
{
	bool placed = l->e->src.family != 0 || l->e->src_host.len != 0;
	uint32_t first = placed ? l->group % l->a->sets * ATTEMPT_WAYS : 0;
	uint32_t count = placed ? ATTEMPT_WAYS : attempt_slots(l->a);
	struct connection *best = NULL;

	for (uint32_t i = first; i < first + count; i++) {
		struct connection *c = slot_at(l->a, i);

		if (c->group == 0 || !has_pid(c, l->e->pid) || age_of(c, l->now) > IDLE_TICKS)
			continue;
		if (placed ? c->group == l->group : c->service == l->e->service)
			best = better(best, c, l);
	}
	return best;
}

/* sshd's PAM and audit lines name users that exist; one that names none is about one that does not exist. */
static bool of_unknown_user(const struct look *l)
{
	bool says = l->e->trace == TRACE_PAM || l->e->trace == TRACE_AUDIT;

	return l->e->reason == REASON_UNKNOWN_USER || (says && l->user == 0 && l->e->service == SERVICE_SSHD);
}

static bool users_agree(const struct connection *c, const struct look *l)
{
	if (c->user && l->user)
		return c->user == l->user;
	return !(c->flags & UNKNOWN_USER) == !of_unknown_user(l);
}

/* The kinds of trace that it has, as bits. */
static unsigned kinds_of(const struct connection *c)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < WITNESSES; i++)
		kinds |= c->seen[i].witness ? 1u << kind_of(c->seen[i].witness) : 0;
	return kinds;
}

/* Step 2 above; `own` is the pid's connection, which does not wait for this witness. */
static struct connection *by_source(const struct look *l, const struct connection *own)
{
	const struct auth_event *e = l->e;
	bool verdict = e->service == SERVICE_SSHD && e->trace == TRACE_DAEMON && e->method == METHOD_PASSWORD;
	uint32_t first = l->group % l->a->sets * ATTEMPT_WAYS;
	struct connection *oldest = NULL;

	if ((own && own->other == 0) || (e->trace == TRACE_USER && e->pid))
		return NULL;
	for (uint32_t i = first; i < first + ATTEMPT_WAYS; i++) {
		struct connection *c = slot_at(l->a, i);

		if (c->group != l->group || age_of(c, l->now) > CROSS_TICKS || !waits(c, l))
			continue;
		if (!users_agree(c, l))
			continue;
		if (verdict && e->pid && !own && (kinds_of(c) & ~(1u << TRACE_AUDIT)))
			continue;
		if (e->trace == TRACE_PAM && (kinds_of(c) & 1u << TRACE_PAM))
			continue;	/* what it waits for are the later tries, and PAM says nothing about those */
		if (!oldest || age_of(c, l->now) > age_of(oldest, l->now))
			oldest = c;
	}
	return oldest;
}

/* All its witnesses have told of all its attempts, so nothing is lost with it unless another one comes late. */
static bool settled(const struct connection *c)
{
	for (unsigned i = 0; i < WITNESSES; i++)
		if (c->seen[i].witness && c->seen[i].count < c->counted)
			return false;
	return c->seen[1].witness != 0;
}

/* A place for a new connection: a free one, else the one quiet for longest, those that are settled before others. */
static struct connection *make_room(const struct look *l)
{
	uint32_t first = l->group % l->a->sets * ATTEMPT_WAYS;
	struct connection *oldest = slot_at(l->a, first);
	uint32_t most = 0;

	for (uint32_t i = first; i < first + ATTEMPT_WAYS; i++) {
		struct connection *c = slot_at(l->a, i);

		if (c->group == 0)
			return c;
		uint32_t age = age_of(c, l->now) + (settled(c) ? IDLE_TICKS : 0);

		if (age > most) {
			most = age;
			oldest = c;
		}
	}
	if (age_of(oldest, l->now) <= IDLE_TICKS)
		l->a->evicted++;
	return oldest;
}

static struct connection *begin(const struct look *l)
{
	struct connection *c = make_room(l);

	*c = (struct connection){.group = l->group, .pid = l->e->pid, .service = l->e->service, .last = l->now};
	c->src[0] = l->e->src.family;
	memcpy(c->src + 1, l->e->src.bytes, 16);
	return c;
}

/* The connection has been heard of again: what it did not know yet it learns. */
static void learn(struct connection *c, const struct look *l)
{
	c->last = l->now;
	if (c->user == 0)
		c->user = l->user;
	if (of_unknown_user(l))
		c->flags |= UNKNOWN_USER;
	if (c->pid == 0)
		c->pid = l->e->pid;
	else if (c->other == 0 && l->e->pid != c->pid)
		c->other = l->e->pid;
}

/* NULL when there have been too many different ones already. */
static struct seen *seen_for(struct connection *c, uint8_t witness)
{
	for (unsigned i = 0; i < WITNESSES; i++) {
		struct seen *s = &c->seen[i];

		if (s->witness == 0)
			s->witness = witness;
		if (s->witness == witness)
			return s;
	}
	return NULL;
}

/* Put down a trace; how many attempts it makes new. */
static uint32_t note(struct connection *c, uint8_t witness, uint32_t repeats)
{
	struct seen *s = seen_for(c, witness);

	if (s && s->count + repeats > COUNT_HIGH + REPEATS_MAX) {
		for (unsigned i = 0; i < WITNESSES; i++)
			c->seen[i].count = c->seen[i].count > COUNT_HIGH / 2 ? c->seen[i].count - COUNT_HIGH / 2 : 0;
		c->counted -= COUNT_HIGH / 2;
	}
	if (!s || (s->count = (uint8_t)(s->count + repeats)) <= c->counted)
		return 0;
	uint32_t fresh = (uint32_t)s->count - c->counted;

	c->counted = s->count;
	return fresh;
}

static uint32_t repeats_of(const struct auth_event *e)
{
	return e->repeats == 0 ? 1 : e->repeats < REPEATS_MAX ? e->repeats : REPEATS_MAX;
}

static enum attempt_verdict counted(const struct look *l, const struct connection *c, uint8_t class, uint32_t weight)
{
	const struct auth_event *e = l->e;
	struct attempt *out = l->out;

	if (weight == 0)
		return ATTEMPT_AGAIN;
	*out = (struct attempt){
		.class = class, .service = e->service, .method = e->method, .weight = weight, .pid = e->pid,
		.unknown_user = e->reason == REASON_UNKNOWN_USER, .src = e->src, .host = e->src_host, .user = e->user,
	};
	if (e->src.family == 0 && c && c->src[0]) {
		out->src.family = c->src[0];
		out->src.prefix = c->src[0] == 4 ? 32 : 128;
		memcpy(out->src.bytes, c->src + 1, 16);
	}
	l->a->counted += weight;
	return ATTEMPT_COUNTED;
}

/* What clients send by themselves: every key of an agent, every ticket. */
static bool tried_by_itself(const struct auth_event *e)
{
	return e->method == METHOD_PUBLICKEY || e->method == METHOD_HOSTBASED || e->method == METHOD_GSSAPI;
}

static enum attempt_verdict failure(const struct look *l)
{
	const struct auth_event *e = l->e;
	/* These tell that there was at least one attempt, not that there was another. */
	bool at_least = e->reason == REASON_TOO_MANY || (tried_by_itself(e) && e->reason == REASON_UNKNOWN_USER);

	if (tried_by_itself(e) && !at_least)
		return ATTEMPT_NONE;
	struct connection *own = by_pid(l), *c = own;

	if (!at_least && (!own || !waits(own, l))) {
		c = by_source(l, own);
		if (!c)
			c = own;
	}
	if (!c)
		c = begin(l);
	learn(c, l);
	if (!at_least)
		return counted(l, c, ATTEMPT_FAILURE, note(c, l->witness, repeats_of(e)));
	return counted(l, c, ATTEMPT_FAILURE, c->counted ? 0 : ++c->counted);
}

/* Another witness of a success that has been counted under another pid. */
static bool told_before(const struct look *l)
{
	uint32_t first = l->group % l->a->sets * ATTEMPT_WAYS;

	for (uint32_t i = first; i < first + ATTEMPT_WAYS; i++) {
		const struct connection *c = slot_at(l->a, i);

		if (c->group == l->group && c->win && c->win != l->witness && age_of(c, l->now) <= CROSS_TICKS &&
		    c->user == l->user)
			return true;
	}
	return false;
}

static enum attempt_verdict success(const struct look *l)
{
	struct connection *c = by_pid(l);

	if (c ? c->win && c->win != l->witness : told_before(l))
		return ATTEMPT_AGAIN;
	if (!c)
		c = begin(l);
	learn(c, l);
	c->user = l->user ? l->user : c->user;
	c->win = l->witness;
	return counted(l, c, tried_by_itself(l->e) ? ATTEMPT_KEY : ATTEMPT_SUCCESS, 1);
}

/* One connection is one probe, and none when its client tried to log in. */
static enum attempt_verdict probe(const struct look *l)
{
	const struct auth_event *e = l->e;
	bool by_listener = e->reason == REASON_TOO_MANY;	/* "drop connection": the pid is the same for all */
	struct connection *c = by_pid(l);

	if (e->src.family == 0 && e->src_host.len == 0 && !(c && c->src[0]))
		return ATTEMPT_NONE;
	if (by_listener || e->pid == 0)
		return counted(l, NULL, ATTEMPT_PROBE, repeats_of(e));
	if (c && (c->counted || c->win || c->flags & PROBED))
		return ATTEMPT_AGAIN;
	if (!c)
		c = begin(l);
	learn(c, l);
	c->flags |= PROBED;
	return counted(l, c, ATTEMPT_PROBE, repeats_of(e));
}

enum attempt_verdict attempt_feed(struct attempts *a, const struct attempt_trace *trace, struct attempt *out)
{
	struct look l = look_for(a, trace, out);

	switch (trace->event->outcome) {
	case AUTH_FAILURE: return failure(&l);
	case AUTH_SUCCESS: return success(&l);
	case AUTH_PROBE: return probe(&l);
	default: return ATTEMPT_NONE;
	}
}

bool attempt_save(const struct attempts *a, uint32_t slot, struct now now, uint8_t out[ATTEMPT_SAVED])
{
	const struct connection *c = slot_at(a, slot);
	uint32_t age = age_of(c, TICKS(now.mono_us));
	struct buf b = buf_over(out, ATTEMPT_SAVED);

	if (c->group == 0 || age > IDLE_TICKS)
		return false;
	buf_be32(&b, c->group);
	buf_be32(&b, c->pid);
	buf_be32(&b, c->other);
	buf_be32(&b, c->user);
	buf_be32(&b, age);
	buf_bytes(&b, c->src, sizeof(c->src));
	buf_be8(&b, c->service);
	buf_be8(&b, c->counted);
	buf_be8(&b, c->win);
	buf_be8(&b, c->flags);
	for (unsigned i = 0; i < WITNESSES; i++) {
		buf_be8(&b, c->seen[i].witness);
		buf_be8(&b, c->seen[i].count);
	}
	require(b.len == ATTEMPT_SAVED);
	return true;
}

void attempt_restore(struct attempts *a, const uint8_t in[ATTEMPT_SAVED], int64_t elapsed_us, struct now now)
{
	struct view v = view_over(in, ATTEMPT_SAVED);
	struct connection c = {.group = view_be32(&v)};

	c.pid = view_be32(&v);
	c.other = view_be32(&v);
	c.user = view_be32(&v);
	uint64_t age = (uint64_t)view_be32(&v) + (uint64_t)(elapsed_us >> TICK_SHIFT);

	view_bytes(&v, c.src, sizeof(c.src));
	c.service = view_be8(&v);
	c.counted = view_be8(&v);
	c.win = view_be8(&v);
	c.flags = view_be8(&v);
	for (unsigned i = 0; i < WITNESSES; i++) {
		c.seen[i].witness = view_be8(&v);
		c.seen[i].count = view_be8(&v);
		if (c.seen[i].count > c.counted)
			c.counted = c.seen[i].count;
	}
	if (c.group == 0 || age > IDLE_TICKS)
		return;
	c.last = TICKS(now.mono_us) - (uint32_t)age;
	*make_room(&(struct look){.a = a, .group = c.group, .now = TICKS(now.mono_us)}) = c;
}
