/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts each try to log in once, between the sensors and the rules. attempt_table.c finds the connection that a trace
 * belongs to; this file decides what the trace means for it. It never decides anything about a src.
 *
 * To which connection does a trace belong?
 *  1. to one with its pid that still waits for this witness (fewer of its traces than attempts counted);
 *  2. else, when the pid can't be trusted to be the connection's own, to the oldest recent one of the same service,
 *     src and user that waits for this witness. That joins keyboard-interactive children with their monitor, and
 *     audit records of another pid namespace with syslog lines;
 *  3. else to the latest one with its pid, as a new attempt;
 *  4. else to a new one.
 * Step 2 can be wrong: a connection that its client dropped waits for a line that never comes, and a second try would
 * be taken for that line. So step 2 is left out when all traces of the pid's connection came with that pid, for
 * verdicts that have the pid of their PAM line (auth_service_row.verdict_pid), and for "Invalid user", which comes
 * first.
 *
 * A connection's traces claim attempts (`counted`). Those that failed for certain were reported to the caller
 * (`judged`). The difference are attempts that a PAM module refused and that are not confirmed or forgiven yet.
 *
 * Attempts of lines without src are counted for the first src that a line with the same pid names.
 */
#include "agent/rules/attempt_table.h"

#include <string.h>

/* Whether the event is a refusal by one PAM module, after which another module may still say yes. */
static bool is_refusal(const struct look *l)
{
	return (l->e->trace == TRACE_PAM || l->e->trace == TRACE_MODULE) && !l->a->stacks.unix_alone;
}

/* What is known of the attempt, whether or not it counts. */
static void describe(const struct look *l, const struct connection *c, uint8_t class)
{
	const struct auth_event *e = l->e;
	struct attempt *out = l->out;

	out->class = class;
	out->service = e->service;
	out->method = e->method;
	out->pid = e->pid;
	out->unknown_user = e->reason == REASON_UNKNOWN_USER;
	out->src = e->src;
	out->host = e->src_host;
	out->user = e->user;
	if (e->src.family == 0 && c && c->src[0]) {
		out->src.family = c->src[0];
		out->src.prefix = c->src[0] == 4 ? 32 : 128;
		memcpy(out->src.bytes, c->src + 1, 16);
	}
}

static enum attempt_verdict counted(const struct look *l, const struct connection *c, uint8_t class, uint32_t weight)
{
	describe(l, c, class);
	l->out->weight = weight;
	l->a->counted += weight;
	return weight ? ATTEMPT_COUNTED : ATTEMPT_AGAIN;
}

/* The connection's first n attempts have failed. */
static enum attempt_verdict failed(const struct look *l, struct connection *c, uint8_t n, uint32_t fresh)
{
	if (n > c->judged) {
		uint8_t told = c->told < n ? c->told : n;

		l->out->known = told > c->judged ? (uint32_t)told - c->judged : 0;
		fresh += (uint32_t)n - c->judged;
		c->judged = n;
	}
	c->told = c->told < n ? n : c->told;
	return counted(l, c, ATTEMPT_FAILURE, fresh);
}

/* The service, or the whole stack, said no: what modules refused before was a failure. */
static enum attempt_verdict verdict(const struct look *l, struct connection *c, uint32_t claims, uint32_t fresh)
{
	uint8_t n = attempt_seen(c, l->witness);

	if (claims == 0 && n > c->judged && attempt_has_kind(c, TRACE_PAM))
		attempt_stack_failed(&l->a->stacks, l->e->service, l->when);
	if (l->vouched && n > c->vouched) {
		l->out->vouched = (uint32_t)n - c->vouched;
		c->vouched = n;
	}
	return failed(l, c, n, fresh);
}

/* A module said no: `claims` attempts that nobody told of before. */
static enum attempt_verdict refused(const struct look *l, struct connection *c, uint32_t claims)
{
	l->a->refused_at = l->now;
	if (l->e->trace == TRACE_MODULE)
		attempt_stack_mixed(&l->a->stacks, l->e->service, l->when);
	else if (attempt_seen(c, l->witness) <= c->judged && attempt_has_kind(c, TRACE_AUDIT))
		attempt_stack_failed(&l->a->stacks, l->e->service, l->when);
	if (claims == 0)
		return ATTEMPT_AGAIN;
	l->a->refused += claims;
	c->told = l->placed || c->src[0] ? c->counted : 0;
	describe(l, c, ATTEMPT_FAILURE);
	l->out->weight = claims;
	l->out->early = l->e->trace == TRACE_PAM && attempt_stack_alone(&l->a->stacks, l->e->service);
	return ATTEMPT_REFUSED;
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
	struct connection *own = attempt_by_pid(l), *c = own;
	uint32_t fresh = 0;

	if (!at_least && (!own || !attempt_waits(own, l))) {
		c = attempt_by_src(l, own);
		if (!c)
			c = own;
	}
	if (!c && (c = attempt_adopt(l)) != NULL)
		fresh = c->judged;
	if (!c)
		c = attempt_begin(l);
	attempt_learn(c, l);
	if (at_least && c->counted == 0)
		c->counted = 1;
	uint32_t claims = at_least ? 0 : attempt_note(c, l->witness, l->count);

	if (at_least)
		return failed(l, c, c->counted, fresh);
	if (!is_refusal(l))
		return verdict(l, c, claims, fresh);
	return fresh ? failed(l, c, c->judged, fresh) : refused(l, c, claims);
}

/* Another witness of a success that has been counted under another pid. */
static bool counted_elsewhere(const struct look *l)
{
	uint32_t first = l->group % l->a->sets * ATTEMPT_WAYS;

	for (uint32_t i = first; i < first + ATTEMPT_WAYS; i++) {
		const struct connection *c = attempt_slot(l->a, i);

		if (c->group == l->group && c->win && c->win != l->witness && c->user == l->user &&
		    attempt_age(c, l->now) <= ATTEMPT_CROSS_TICKS && !attempt_is_idle(c, l))
			return true;
	}
	return false;
}

/* What was refused in this conversation was the way to a success. */
static void forgive(const struct look *l, struct connection *own)
{
	uint32_t mine = own ? attempt_forgive(own) : 0;
	uint32_t others = l->e->granted ? 0 : attempt_forgive_src(l, own);
	bool not_mine = !(l->service->one_pid & AUTH_METHOD(l->e->method));

	if (mine || (others && not_mine))
		attempt_stack_mixed(&l->a->stacks, l->e->service, l->when);
	l->out->forgiven = mine + others;
	l->a->forgiven += mine + others;
	if (mine + others)
		describe(l, own, ATTEMPT_SUCCESS);
}

static enum attempt_verdict success(const struct look *l)
{
	struct connection *c = attempt_by_pid(l);

	forgive(l, c);
	/* A vouched trace is news also where the success is none. */
	if (l->vouched)
		describe(l, c, tried_by_itself(l->e) ? ATTEMPT_KEY : ATTEMPT_SUCCESS);
	l->out->vouched = l->vouched;
	if (c ? c->win && c->win != l->witness : counted_elsewhere(l))
		return ATTEMPT_AGAIN;
	if (!c)
		c = attempt_begin(l);
	attempt_learn(c, l);
	c->user = l->user ? l->user : c->user;
	c->win = l->witness;
	return counted(l, c, tried_by_itself(l->e) ? ATTEMPT_KEY : ATTEMPT_SUCCESS, 1);
}

/* Abuse on a connection whose src is not known yet. */
static enum attempt_verdict nobodys_probe(const struct look *l, struct connection *c)
{
	if (!c && l->pid)
		c = attempt_begin(l);
	if (c) {
		attempt_learn(c, l);
		c->flags |= ATTEMPT_BROKEN;
	}
	return ATTEMPT_NONE;
}

/* Who has not even said a name has only looked; so has who was let in and may not see this one page. */
static uint8_t class_of(const struct look *l)
{
	return l->user && l->e->request.len == 0 ? ATTEMPT_PROBE : ATTEMPT_LOOK;
}

/* One connection is one probe, and none when its client tried to log in. */
static enum attempt_verdict probe(const struct look *l)
{
	const struct auth_event *e = l->e;
	struct connection *c = attempt_by_pid(l);

	if (!l->placed && !(c && c->src[0]))
		return nobodys_probe(l, c);
	if (l->pid == 0)
		return auth_only_left(e) ? ATTEMPT_AGAIN : counted(l, NULL, class_of(l), l->count);
	if (c && (c->counted || c->win || c->flags & ATTEMPT_PROBED)) {
		c->flags |= ATTEMPT_ENDED;
		/* Its client did not wait for the verdict, or nobody logs one. */
		return failed(l, c, c->counted, 0);
	}
	if (!c)
		c = attempt_adopt(l);
	if (c && c->counted) {
		uint32_t before = c->judged;

		attempt_learn(c, l);
		return failed(l, c, c->counted, before);
	}
	if (auth_only_left(e) && !(c && c->flags & ATTEMPT_BROKEN))
		return ATTEMPT_AGAIN;
	if (!c)
		c = attempt_begin(l);
	attempt_learn(c, l);
	c->flags |= ATTEMPT_PROBED;
	return counted(l, c, class_of(l), l->count);
}

/* A web server has answered the request: its failures, if the same user's or nobody's, were none. */
static enum attempt_verdict granted(const struct look *l)
{
	l->out->cancelled = attempt_cancel(l, l->user ? UINT32_MAX : 1);
	if (l->out->cancelled)
		describe(l, NULL, ATTEMPT_FAILURE);
	return ATTEMPT_NONE;
}

/* A web server wants to know who it is, which is how each log-in begins. To ask on is to look. */
static enum attempt_verdict asked(const struct look *l)
{
	struct connection *c = l->placed ? attempt_by_pid(l) : NULL;
	bool again = c && c->flags & ATTEMPT_ASKED;

	if (!l->placed)
		return ATTEMPT_NONE;
	if (!c)
		c = attempt_begin(l);
	attempt_learn(c, l);
	c->flags |= ATTEMPT_ASKED;
	return again ? counted(l, c, ATTEMPT_LOOK, 1) : ATTEMPT_NONE;
}

/*
 * The first line of a connection ("Child connection from A"), said before anything else happens: there are services
 * whose later lines leave the src out.
 */
static enum attempt_verdict remember(const struct look *l)
{
	const struct auth_event *e = l->e;

	if (e->request.len)
		return e->granted ? granted(l) : asked(l);
	if (e->granted && l->pid && l->now - l->a->refused_at <= ATTEMPT_IDLE_TICKS)
		forgive(l, attempt_by_pid(l));
	if (!l->service->src_first || e->src.family == 0 || l->pid == 0 || e->user.data || e->reason != REASON_NONE ||
	    attempt_by_pid(l))
		return ATTEMPT_NONE;
	struct connection *c = attempt_begin(l);

	attempt_learn(c, l);
	return ATTEMPT_NONE;
}

enum attempt_verdict attempt_feed(struct attempts *a, const struct attempt_trace *trace, struct attempt *out)
{
	struct look l = attempt_look(a, trace, out);

	*out = (struct attempt){.weight = 0};
	switch (trace->event->outcome) {
	case AUTH_FAILURE: return failure(&l);
	case AUTH_SUCCESS: return success(&l);
	case AUTH_PROBE: return probe(&l);
	default: return remember(&l);
	}
}
