/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Witnesses of what log files say. Any local user can write lines to the log files with logger(1), in any program's
 * name. That is enough for a ban. A step against an account needs a witness that no local user can be: an audit
 * record, which the kernel accepts from root only, or a line of the syslog socket whose sender, by the kernel's word,
 * is root and has the process number that the line bears; an entry of the journal whose program is root's and has the
 * line's name is one, too. (A relay such as rsyslogd is root, too, but has another
 * number.) Witnesses must confirm as many failures as the rule counts, and the success after them. They may come up to
 * INCIDENT_WITNESS_US after the log line: the steps wait until then, and are refused when no witness came.
 */
#include "agent/core/core_parts.h"

bool core_vouched(const struct input *input, const struct event *event)
{
	if (input->source == CORE_SOURCE_AUDIT)
		return true;
	return (input->source == CORE_SOURCE_SYSLOG || input->source == CORE_SOURCE_JOURNAL) && input->writer &&
	       input->writer == event->auth.pid;
}

bool core_witnessed(const struct core *c, const struct incident *i)
{
	const struct rule_row *row = incident_rule(&c->incidents, i);

	if (!settings_needs_witness(c->settings, row->policy))
		return true;
	if (row->rule->classes & ATTEMPT_SUCCESS && !i->win_vouched)
		return false;
	return rule_vouched(&c->rules, row, i->group, c->now);
}

void core_wait_witness(struct core *c, const struct incident *i)
{
	if (i->witness_us && i->witness_us < c->witness_us)
		c->witness_us = i->witness_us;
}

static void tell(struct core *c, const struct actor_receipt refusals[], unsigned count)
{
	for (unsigned n = 0; n < count; n++)
		core_receipt(c, &refusals[n]);
}

/* After a vouched trace about the incident's src: ask for the steps that waited, if there are enough witnesses now. */
static void reconsider(struct core *c, struct incident *i, const struct attempt *attempt)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];
	struct str user = {i->user, i->user_len};

	if (attempt->class == ATTEMPT_SUCCESS && str_equal(user, str_sub(attempt->user, 0, INCIDENT_USER_MAX)))
		i->win_vouched = true;
	if (!core_witnessed(c, i))
		return;
	i->witness_us = 0;
	tell(c, refusals,
	     response_case(&c->response,
			   &(struct response_case){
				   .incident = i,
				   .attempt = attempt,
				   .now = c->now,
				   .opened = true,
				   .witnessed = true,
			   },
			   refusals));
	core_touch(c, CORE_SOON);
}

void core_vouch(struct core *c, const struct attempt *attempt, struct now when)
{
	uint64_t group = rule_group(&c->rules, &attempt->src, attempt->host);

	if (attempt->class == ATTEMPT_FAILURE)
		rule_vouch(&c->rules, attempt, when);
	if (c->witness_us == INT64_MAX || group == 0)
		return;
	for (struct incident *i = lru_newest(&c->incidents.open); i; i = lru_older(&c->incidents.open, i))
		if (i->group == group && i->witness_us)
			reconsider(c, i, attempt);
}

/* Refuse the steps that wait for a witness: none came in time, or this build and its settings have no source of one. */
void core_unwitnessed(struct core *c, struct incident *i)
{
	struct actor_receipt refusals[SETTINGS_STEPS_MAX];

	if (i->witness_us)
		tell(c, refusals,
		     response_unwitnessed(&c->response,
					  &(struct response_case){
						  .incident = i,
						  .now = c->now,
					  },
					  refusals));
}

void core_witness_tick(struct core *c)
{
	if (c->now.mono_us < c->witness_us)
		return;
	c->witness_us = INT64_MAX;
	for (struct incident *i = lru_newest(&c->incidents.open); i; i = lru_older(&c->incidents.open, i)) {
		/* When the queue has no room for the record, the next tick makes it. */
		if (i->witness_us == 0 || i->witness_us > c->now.mono_us || core_full(c))
			core_wait_witness(c, i);
		else
			core_unwitnessed(c, i);
	}
}
