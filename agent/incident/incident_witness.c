/* SPDX-License-Identifier: Apache-2.0 */
/* Says what is confirmed of what log files tell; incident_life.c says what follows. */
#include "agent/incident/incident_table.h"

bool incident_confirmed(const struct incidents *t, const struct finding *i)
{
	const struct settings *s = t->rules->set->settings;
	const struct rule_row *row = finding_rule(t, i);

	if (s->trust_logs)
		return true;
	/* What is no log-in did not come from a log, unless it is the log's line itself. */
	if (!t->work.in.attempt)
		return t->work.in.event->line.len == 0;
	if (row->rule->by_program)
		return t->work.in.attempt->vouched > 0;
	if (row->rule->classes & ATTEMPT_SUCCESS && !i->win_vouched)
		return false;
	/* Otherwise nobody counts them. */
	return settings_needs_witness(s, row->policy) && rule_vouched(t->rules, row, i->group, t->work.now);
}

bool incident_witnessed(const struct incidents *t, const struct finding *i)
{
	return !settings_needs_witness(t->rules->set->settings, finding_rule(t, i)->policy) || incident_confirmed(t, i);
}
