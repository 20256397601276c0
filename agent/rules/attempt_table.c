/* SPDX-License-Identifier: Apache-2.0 */
/* Finding connections, between the events and attempt.c, which says what they mean. Never counts by itself. */
#include "agent/rules/attempt_table.h"

#include "agent/base/require.h"
#include "agent/base/zero.h"
#include "agent/common/settings.h"

#include <string.h>

#define SOURCE_LAST 0xfffeu /* CORE_SOURCE_SYSLOG of core/core.h */
#define COUNT_HIGH 180u	    /* counters are brought down when they get there */

struct connection *attempt_slot(const struct attempts *a, uint32_t slot)
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
	a->srcless = a->refused_at = 0u - 2 * ATTEMPT_IDLE_TICKS; /* never */
	zero_fill(memory, attempt_size(connections));
}

/*
 * A source and a kind of trace in one byte that is not 0; files come first, the other sources, whose numbers go down
 * from SOURCE_LAST, behind them. Traces of those that are not vouched make a witness of their own, so that a witness
 * has only vouched traces or none. The saved state has these bytes, so the first two sources keep theirs.
 */
static uint8_t witness_of(const struct attempt_trace *trace)
{
	unsigned down = SOURCE_LAST - trace->source, from = trace->source;

	if (from >= SETTINGS_FILES_MAX)
		from = down < 2 ? (trace->vouched ? 16u : 18u) + down : 16u + 2 * down + !trace->vouched;
	require(trace->event->trace < 8 && from < 31);
	return (uint8_t)(1 + (from << 3 | trace->event->trace));
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

static uint32_t group_of(const struct attempts *a, const struct auth_event *e, struct str host)
{
	return hash_of(a, 'h', e->service, host);
}

struct look attempt_look(struct attempts *a, const struct attempt_trace *trace, struct attempt *out)
{
	const struct auth_event *e = trace->event;
	struct look l = {.a = a, .e = e, .service = auth_service(e->service), .out = out};

	l.pid = e->shared ? 0 : e->conversation ? e->conversation : e->pid;
	/* What is forbidden to everybody is no part of a log-in. */
	if (e->request.len && e->outcome != AUTH_PROBE)
		l.pid = (uint32_t)hash_bytes(&a->key, e->request.data, e->request.len) | 1;
	l.user = user_hash(a, e->user);
	l.now = ATTEMPT_TICKS(trace->now.mono_us);
	l.count = trace->count < ATTEMPT_REPEATS_MAX ? trace->count : ATTEMPT_REPEATS_MAX;
	l.witness = witness_of(trace);
	l.when = trace->now;
	l.vouched = trace->vouched;
	l.late = trace->late;
	l.placed = e->src.family != 0 || e->src_host.len != 0;
	if (e->src.family)
		l.group = hash_of(a, e->src.family, e->service, (struct str){(const char *)e->src.bytes, 16});
	else
		l.group = group_of(a, e, e->src_host);
	return l;
}

uint32_t attempt_age(const struct connection *c, uint32_t now)
{
	return (int32_t)(now - c->last) < 0 ? 0 : now - c->last;
}

bool attempt_is_idle(const struct connection *c, const struct look *l)
{
	return attempt_age(c, l->now) > ATTEMPT_IDLE_TICKS || (c->flags & ATTEMPT_PAST && !l->late);
}

uint8_t attempt_seen(const struct connection *c, uint8_t witness)
{
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++)
		if (c->seen[i].witness == witness)
			return c->seen[i].count;
	return 0;
}

bool attempt_waits(const struct connection *c, const struct look *l)
{
	return attempt_seen(c, l->witness) < c->counted;
}

static bool has_pid(const struct connection *c, uint32_t pid)
{
	return pid != 0 && (c->pid == pid || c->other == pid);
}

/* Of two candidates of one pid: the one that waits, else the later. */
static struct connection *better(struct connection *a, struct connection *b, const struct look *l)
{
	if (!a || (attempt_waits(b, l) && !attempt_waits(a, l)))
		return b;
	if (attempt_waits(a, l) != attempt_waits(b, l))
		return a;
	return attempt_age(b, l->now) < attempt_age(a, l->now) ? b : a;
}

struct connection *attempt_by_pid(const struct look *l)
{
	bool address = l->e->src.family != 0;
	uint32_t first = address ? l->group % l->a->sets * ATTEMPT_WAYS : 0;
	uint32_t count = address ? ATTEMPT_WAYS : attempt_slots(l->a);
	struct connection *best = NULL;

	for (uint32_t i = first; i < first + count; i++) {
		struct connection *c = attempt_slot(l->a, i);

		if (c->group == 0 || !has_pid(c, l->pid) || attempt_is_idle(c, l))
			continue;
		if (c->group == l->group || (!address && c->service == l->e->service && (c->src[0] || !l->placed)))
			best = better(best, c, l);
	}
	return best;
}

static bool of_unknown_user(const struct look *l)
{
	bool says = l->e->trace == TRACE_PAM || l->e->trace == TRACE_AUDIT;

	return l->e->reason == REASON_UNKNOWN_USER || (says && l->user == 0 && l->service->pam_names_known);
}

static bool users_agree(const struct connection *c, const struct look *l)
{
	if (c->user && l->user)
		return c->user == l->user;
	return !(c->flags & ATTEMPT_UNKNOWN_USER) == !of_unknown_user(l);
}

/* The kinds of trace that it has, as bits. */
static unsigned kinds_of(const struct connection *c)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++)
		kinds |= c->seen[i].witness ? 1u << kind_of(c->seen[i].witness) : 0;
	return kinds;
}

bool attempt_has_kind(const struct connection *c, enum auth_trace kind)
{
	return kinds_of(c) & 1u << kind;
}

struct connection *attempt_by_src(const struct look *l, const struct connection *own)
{
	const struct auth_event *e = l->e;
	bool verdict = e->trace == TRACE_DAEMON && l->service->verdict_pid & AUTH_METHOD(e->method);
	uint32_t first = l->group % l->a->sets * ATTEMPT_WAYS;
	struct connection *oldest = NULL;

	/* An error log does not say which request it was. */
	if ((own && own->other == 0 && e->request.len == 0) || (e->trace == TRACE_USER && l->pid))
		return NULL;
	for (uint32_t i = first; i < first + ATTEMPT_WAYS; i++) {
		struct connection *c = attempt_slot(l->a, i);

		if (c->group != l->group || attempt_is_idle(c, l) || attempt_age(c, l->now) > ATTEMPT_CROSS_TICKS ||
		    !attempt_waits(c, l))
			continue;
		if (!users_agree(c, l))
			continue;
		if (verdict && l->pid && !own && (kinds_of(c) & ~(1u << TRACE_AUDIT)))
			continue;
		if (e->trace == TRACE_PAM && (kinds_of(c) & 1u << TRACE_PAM))
			continue; /* what it waits for are the later tries, and PAM says nothing about those */
		if (!oldest || attempt_age(c, l->now) > attempt_age(oldest, l->now))
			oldest = c;
	}
	return oldest;
}

/* All its witnesses have told of all its attempts, so nothing is lost with it unless another one comes late. */
static bool is_over(const struct connection *c)
{
	if (c->flags & ATTEMPT_ENDED)
		return true;
	/* Most have one witness, and that alone tells nothing. */
	if (c->seen[1].witness == 0)
		return false;
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++)
		if (c->seen[i].witness && c->seen[i].count < c->counted)
			return false;
	return true;
}

/* A place for a new connection: a free one, else the one quiet for longest, those that are over before others. */
struct connection *attempt_room(const struct look *l)
{
	uint32_t first = l->group % l->a->sets * ATTEMPT_WAYS;
	struct connection *oldest = attempt_slot(l->a, first);
	uint32_t most = 0;

	for (uint32_t i = first; i < first + ATTEMPT_WAYS; i++) {
		struct connection *c = attempt_slot(l->a, i);

		if (c->group == 0)
			return c;
		uint32_t age = attempt_age(c, l->now) + (is_over(c) ? ATTEMPT_IDLE_TICKS : 0);

		if (age > most) {
			most = age;
			oldest = c;
		}
	}
	if (attempt_age(oldest, l->now) <= ATTEMPT_IDLE_TICKS)
		l->a->evicted++;
	return oldest;
}

static void place(struct connection *c, const struct look *l)
{
	c->group = l->group;
	c->src[0] = l->e->src.family;
	memcpy(c->src + 1, l->e->src.bytes, 16);
}

struct connection *attempt_begin(const struct look *l)
{
	struct connection *c = attempt_room(l);

	*c = (struct connection){.pid = l->pid, .service = l->e->service, .last = l->now};
	place(c, l);
	return c;
}

struct connection *attempt_adopt(const struct look *l)
{
	uint32_t nobody = group_of(l->a, l->e, STR_NONE);

	/* This walks over all connections, so it is left out when none without src was active of late. */
	if (!l->placed || l->now - l->a->srcless > ATTEMPT_IDLE_TICKS)
		return NULL;
	for (uint32_t i = 0; i < attempt_slots(l->a); i++) {
		struct connection *c = attempt_slot(l->a, i);

		if (!has_pid(c, l->pid) || c->group == 0 || c->src[0] || c->service != l->e->service ||
		    attempt_is_idle(c, l) || (l->e->src.family == 0 && c->group != nobody))
			continue;
		struct connection copy = *c;

		c->group = 0;
		c = attempt_room(l);
		*c = copy;
		c->told = 0;
		place(c, l);
		return c;
	}
	return NULL;
}

void attempt_learn(struct connection *c, const struct look *l)
{
	c->last = l->now;
	if (c->src[0] == 0)
		l->a->srcless = l->now;
	if (c->user == 0)
		c->user = l->user;
	c->flags &= (uint8_t)~ATTEMPT_ENDED;
	if (of_unknown_user(l))
		c->flags |= ATTEMPT_UNKNOWN_USER;
	if (c->pid == 0)
		c->pid = l->pid;
	else if (c->other == 0 && l->pid != c->pid)
		c->other = l->pid;
}

/* NULL when there have been too many different ones already. */
static struct seen *seen_for(struct connection *c, uint8_t witness)
{
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++) {
		struct seen *s = &c->seen[i];

		if (s->witness == 0)
			s->witness = witness;
		if (s->witness == witness)
			return s;
	}
	return NULL;
}

uint32_t attempt_note(struct connection *c, uint8_t witness, uint32_t repeats)
{
	struct seen *s = seen_for(c, witness);

	if (s && s->count + repeats > COUNT_HIGH + ATTEMPT_REPEATS_MAX) {
		for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++)
			c->seen[i].count = c->seen[i].count > COUNT_HIGH / 2 ? c->seen[i].count - COUNT_HIGH / 2 : 0;
		c->counted -= COUNT_HIGH / 2;
		c->judged = c->judged > COUNT_HIGH / 2 ? c->judged - COUNT_HIGH / 2 : 0;
		c->vouched = c->vouched > COUNT_HIGH / 2 ? c->vouched - COUNT_HIGH / 2 : 0;
		c->told = c->told > COUNT_HIGH / 2 ? c->told - COUNT_HIGH / 2 : 0;
	}
	if (!s || (s->count = (uint8_t)(s->count + repeats)) <= c->counted)
		return 0;
	uint32_t fresh = (uint32_t)s->count - c->counted;

	c->counted = s->count;
	return fresh;
}

uint32_t attempt_forgive(struct connection *c)
{
	uint32_t forgiven = (uint32_t)c->counted - c->judged;

	for (unsigned i = 0; forgiven && i < ATTEMPT_WITNESSES; i++)
		if (c->seen[i].count > c->judged)
			c->seen[i].count = c->judged;
	c->counted = c->judged;
	c->told = c->judged;
	return forgiven;
}

static uint32_t cancel(struct connection *c, uint32_t most)
{
	uint32_t cancelled = c->judged < most ? c->judged : most;

	c->judged = (uint8_t)(c->judged - cancelled);
	c->counted = (uint8_t)(c->counted - cancelled);
	for (unsigned i = 0; i < ATTEMPT_WITNESSES; i++)
		if (c->seen[i].count > c->counted)
			c->seen[i].count = c->counted;
	if (c->vouched > c->counted)
		c->vouched = c->counted;
	if (c->told > c->counted)
		c->told = c->counted;
	return cancelled;
}

uint32_t attempt_cancel(const struct look *l, uint32_t most)
{
	uint32_t first = l->group % l->a->sets * ATTEMPT_WAYS;
	uint32_t cancelled = 0;

	for (uint32_t i = first; l->placed && i < first + ATTEMPT_WAYS; i++) {
		struct connection *c = attempt_slot(l->a, i);

		if (c->group != l->group || !has_pid(c, l->pid) || attempt_is_idle(c, l))
			continue;
		c->flags &= (uint8_t)~ATTEMPT_ASKED;
		if (c->user == l->user || c->user == 0 || l->user == 0)
			cancelled += cancel(c, most - cancelled);
	}
	return cancelled;
}

uint32_t attempt_forgive_src(const struct look *l, const struct connection *but)
{
	uint32_t first = l->group % l->a->sets * ATTEMPT_WAYS;
	uint32_t forgiven = 0;

	for (uint32_t i = first; l->placed && i < first + ATTEMPT_WAYS; i++) {
		struct connection *c = attempt_slot(l->a, i);

		if (c != but && c->group == l->group && !attempt_is_idle(c, l) &&
		    (c->user == l->user || c->user == 0 || l->user == 0))
			forgiven += attempt_forgive(c);
	}
	return forgiven;
}
