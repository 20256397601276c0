/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the listener of what the other files of this folder decided. It decides nothing. */
#include "agent/core/core_parts.h"

void core_listen(struct core *c, const struct decision_listener *listener)
{
	c->listener = listener;
}

void core_decided(const struct core *c, const struct decision *decision)
{
	c->listener->tell(c->listener->owner, decision);
}

static const char *why_nothing(const struct event *event, enum attempt_verdict verdict)
{
	if (event->auth.outcome == AUTH_PROBE && verdict == ATTEMPT_AGAIN && auth_only_left(&event->auth))
		return "a client came and went, which is no attack by itself";
	if (verdict == ATTEMPT_AGAIN)
		return "one more trace of an attempt that counts already";
	if (event->auth.outcome == AUTH_PROBE)
		return "abuse of the service by somebody whose address no line has named";
	return "a client tries its keys and tickets by itself, so this is no guess";
}

static uint8_t outcome_of(const struct attempt *attempt)
{
	if (attempt->class == ATTEMPT_FAILURE)
		return AUTH_FAILURE;
	return attempt->class == ATTEMPT_PROBE || attempt->class == ATTEMPT_LOOK ? AUTH_PROBE : AUTH_SUCCESS;
}

static void tell_cancelled(const struct core *c, const struct incident_input *in, uint32_t count, const char *why)
{
	core_decided(c, &(struct decision){
				.kind = DECISION_CANCELLED,
				.count = count,
				.outcome = AUTH_FAILURE,
				.attempt = in->attempt,
				.service = in->event->auth.service_name,
				.why = why,
			});
}

static void tell_ignored(const struct core *c, const struct incident_input *in, const char *why)
{
	/* What the line itself says, as there is no attempt. */
	struct attempt said = {
		.service = in->event->auth.service,
		.src = in->attempt->src.family ? in->attempt->src : in->event->auth.src,
		.host = in->event->auth.src_host,
		.user = in->event->auth.user,
	};

	core_decided(c, &(struct decision){
				.kind = DECISION_IGNORED,
				.outcome = in->event->auth.outcome,
				.attempt = &said,
				.service = in->event->auth.service_name,
				.why = why,
			});
}

static void tell_attempt(const struct core *c, const struct incident_input *in, bool provisional)
{
	uint32_t count = in->attempt->weight - in->attempt->known;

	if (count == 0) {
		tell_ignored(c, in, "it confirms an attempt that a module had refused");
		return;
	}
	core_decided(c, &(struct decision){
				.kind = DECISION_ATTEMPT,
				.count = count,
				.outcome = outcome_of(in->attempt),
				.attempt = in->attempt,
				.service = in->event->auth.service_name,
				.why = provisional ? "a module refused it; it counts unless another one accepts"
						   : "it counts",
			});
}

void core_decided_attempt(const struct core *c, const struct incident_input *in)
{
	bool is_attempt = in->verdict == ATTEMPT_COUNTED || in->verdict == ATTEMPT_REFUSED;
	bool has_src = in->attempt->src.family || in->attempt->host.len;

	if (in->attempt->forgiven && has_src)
		tell_cancelled(c, in, in->attempt->forgiven,
			       "the log-in succeeded: what one module refused, another accepted");
	if (in->attempt->cancelled && has_src)
		tell_cancelled(c, in, in->attempt->cancelled, "the same request was granted after all");
	if (is_attempt && has_src)
		tell_attempt(c, in, in->verdict == ATTEMPT_REFUSED);
	else if (is_attempt)
		tell_ignored(c, in, "nobody to count it for: no line has named an address");
	else if (in->event->auth.outcome != AUTH_INFO)
		tell_ignored(c, in, why_nothing(in->event, in->verdict));
}
