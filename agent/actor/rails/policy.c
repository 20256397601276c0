/* SPDX-License-Identifier: Apache-2.0 */
/* The response policy once more, on the side that acts; see policy.h. The core's own reading of it is not believed. */
#include "agent/actor/rails/policy.h"

#include <stdio.h>

static bool has_step(const struct settings_rule_row *row, uint16_t verb)
{
	for (unsigned i = 0; i < SETTINGS_STEPS_MAX && row->steps[i] != VERB_NONE; i++)
		if (row->steps[i] == verb)
			return true;
	return false;
}

/* One address, or the network that the settings make of it; of IPv4 only for a ban, which counts its neighbours. */
static bool prefix_asked(const struct settings *s, const struct verb_args *args)
{
	const struct addr *a = &args->addr;

	if (a->family == 4)
		return a->prefix == 32 || (a->prefix == 24 && args->verb == VERB_BAN && s->ban_neighbours);
	return a->prefix == 128 || a->prefix == s->ban_prefix6;
}

/* Rows of the table, not verbs: whatever has an address or a time is held to the rule's. */
static enum err check_rule(const struct settings *s, const struct actor_act *asked, char why[RAILS_WHY_MAX])
{
	const struct settings_rule_row *rule = settings_rule_find(s, str_from(asked->rule));
	const struct verb_args *args = &asked->args;

	if (!rule) {
		char shown[MESSAGE_RULE_MAX];

		str_show(str_from(asked->rule), shown, sizeof(shown));
		snprintf(why, RAILS_WHY_MAX, "there is no rule '%s'", shown);
		return ERR_NOT_FOUND;
	}
	if (!rule->enabled) {
		snprintf(why, RAILS_WHY_MAX, "rule %s is not enabled", asked->rule);
		return ERR_DENIED;
	}
	if (!has_step(rule, args->verb)) {
		snprintf(why, RAILS_WHY_MAX, "'%s' is not among the steps of rule %s", verb_name(args->verb),
			 asked->rule);
		return ERR_DENIED;
	}
	if (args->addr.family && !prefix_asked(s, args)) {
		snprintf(why, RAILS_WHY_MAX, "rules ask for /32 of IPv4, %s/128 of IPv6%s",
			 s->ban_prefix6 == 64 ? "/64 or " : "", s->ban_neighbours ? ", and for bans of a /24" : "");
		return ERR_DENIED;
	}
	if (args->include_me || args->tree) {
		snprintf(why, RAILS_WHY_MAX, "rules ask for no %s", args->tree ? "tree" : "include_me");
		return ERR_DENIED;
	}
	if (args->rate && args->rate != s->limit_rate) {
		snprintf(why, RAILS_WHY_MAX, "rules ask for limit_rate, %u packets/s", (unsigned)s->limit_rate);
		return ERR_DENIED;
	}
	uint32_t longest_s = args->verb == VERB_BAN ? settings_ban_longest_s(s, rule) : settings_ban_s(s, rule);

	if (args->duration_s > longest_s) {
		snprintf(why, RAILS_WHY_MAX, "rule %s asks for %u s at most, not %u s", asked->rule,
			 (unsigned)longest_s, (unsigned)args->duration_s);
		return ERR_DENIED;
	}
	return ERR_OK;
}

enum err policy_request(const struct settings *s, const struct actor_act *asked, char why[RAILS_WHY_MAX])
{
	if (asked->origin == ORIGIN_RULE)
		return check_rule(s, asked, why);
	if (asked->origin == ORIGIN_LOCAL && verb_row(asked->args.verb) && verb_row(asked->args.verb)->local)
		return ERR_OK;
	snprintf(why, RAILS_WHY_MAX, "only a signed order may ask for that");
	return ERR_DENIED;
}

bool policy_observes(const struct settings *s, const struct actor_act *asked)
{
	return asked->observe ||
	       ((asked->origin == ORIGIN_RULE || asked->origin == ORIGIN_IMMUNITY) && s->mode == MODE_OBSERVE);
}

uint32_t policy_ban_s(const struct settings *s, const char *rule)
{
	return settings_ban_s(s, settings_rule_find(s, str_from(rule)));
}

bool policy_is_quiet(const struct settings *s, const struct actor_act *asked, int minute, char why[RAILS_WHY_MAX])
{
	const struct settings_quiet *q = &s->quiet;
	bool within = q->from_min < q->to_min ? minute >= q->from_min && minute < q->to_min
					      : minute >= q->from_min || minute < q->to_min;

	if (!q->on || asked->origin != ORIGIN_RULE || asked->args.verb == VERB_BAN || minute < 0 || !within ||
	    (q->verbs && !(q->verbs & UINT32_C(1) << asked->args.verb)))
		return false;
	snprintf(why, RAILS_WHY_MAX, "quiet_hours last until %02u:%02u; an order may do it now", q->to_min / 60u,
		 q->to_min % 60u);
	return true;
}
