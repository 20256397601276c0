/* SPDX-License-Identifier: Apache-2.0 */
/* Compares an incident with what an output knows of it. It never looks at a clock or into the store. */
#include "server-stub/alert/judge.h"

#include "agent/base/now.h"

#include <string.h>

bool judge_fits(const char *words, const char *name)
{
	struct str rest = str_trim(str_from(words));
	bool fits = rest.len == 0;

	while (!fits && rest.len > 0) {
		struct str word = str_cut(&rest, ' ');

		if (str_take_back(&word, STR("*")))
			fits = str_starts(str_from(name), word);
		else
			fits = word.len > 0 && str_equal(str_from(name), word);
	}
	return fits;
}

/* Whether people said anything of it. */
static bool has_words(const struct views_incident *i)
{
	return i->assignee[0] || i->verdict[0];
}

/*
 * Of one that the output knows nothing of: it is told what the service heard after the output was made. One that is
 * closed by now is told of unless people were at it: their words about an old one are no news of it.
 */
static unsigned first_change(const struct store_output *o, const struct views_incident *i)
{
	if (i->received_us < o->created_us)
		return 0;
	if (i->state == INCIDENT_OPEN)
		return CHANGE_OPENED;
	return !has_words(i) && i->held_us == 0 && i->last_us >= o->created_us ? CHANGE_OPENED : 0;
}

/* Whatever the output wants of it. */
static unsigned any_change(const struct store_output *o, const struct store_output_item *item,
			   const struct views_incident *i)
{
	/* It goes on in another one, which is told of. */
	if (i->merged_into[0])
		return 0;
	if (item->told == 0)
		return first_change(o, i);
	if (i->state != INCIDENT_OPEN)
		return item->told == INCIDENT_OPEN ? CHANGE_CLOSED : 0;
	if (item->told != INCIDENT_OPEN || i->reopened > item->reopened)
		return CHANGE_OPENED;
	return i->severity > item->severity ? CHANGE_WORSE : 0;
}

unsigned judge_change(const struct store_output *o, const struct store_output_item *item, const struct judge_case *c)
{
	const struct views_incident *i = c->incident;
	unsigned change = any_change(o, item, i) & o->changes;

	if (change == 0 || change == CHANGE_CLOSED)
		return change;
	if (i->severity < o->severity || !judge_fits(o->groups, c->group) || !judge_fits(o->rules, i->rule_id))
		return 0;
	return o->after_s > 0 && (i->state != INCIDENT_OPEN || has_words(i)) ? 0 : change;
}

int64_t judge_awake(const struct store_output *o, unsigned severity, int64_t wall_us)
{
	int64_t minute = wall_us / (60 * SECOND_US) % JUDGE_MINUTES;
	int64_t since = (minute - o->quiet_from + JUDGE_MINUTES) % JUDGE_MINUTES;
	int64_t length = (o->quiet_to - o->quiet_from + JUDGE_MINUTES) % JUDGE_MINUTES;

	if (severity >= o->quiet_severity || since >= length)
		return wall_us;
	return (wall_us / (60 * SECOND_US) + length - since) * 60 * SECOND_US;
}

bool judge_look(const struct store_output *o, struct store_output_item *item, const struct judge_case *c)
{
	const struct store_output_item before = *item;
	uint32_t wait_s = o->after_s > o->gather_s ? o->after_s : o->gather_s;
	int64_t due_us = judge_awake(o, c->incident->severity, c->wall_us + wait_s * SECOND_US);

	if (judge_change(o, item, c) == 0)
		item->due_us = 0;
	else if (item->due_us == 0 || due_us < item->due_us)
		item->due_us = due_us;
	/* It closed, which the output does not want to hear: if it opens again, that is news. */
	if (item->told == INCIDENT_OPEN && c->incident->state != INCIDENT_OPEN && !(o->changes & CHANGE_CLOSED))
		item->told = INCIDENT_CLOSED;
	return item->told != before.told || item->due_us != before.due_us;
}

void judge_heard(struct store_output_item *item, const struct views_incident *i)
{
	item->told = i->state;
	item->severity = i->severity;
	item->reopened = i->reopened;
	item->due_us = 0;
}
