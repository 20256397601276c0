/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers `local explain ADDRESS`: why an address is banned or not. Collects what rules, incidents and response know of
 * it, as rows: one "explain" with the verdict in a word and a sentence, then "ban", "protection", "rule" and
 * "incident". Changes nothing.
 */
#include "agent/core/core_parts.h"

#include "agent/base/rows.h"

#include <stdio.h>
#include <string.h>

#define EXPLAIN_ROWS_MAX 32u /* of one type: an account may have an incident of its own for each user */
#define WHY_MAX (MESSAGE_TEXT_MAX + 1)

/* What the answer is about. */
struct explained {
	struct core *core;
	struct addr addr;
	struct addr net; /* what is counted and banned: the address, or its IPv6 network */
	uint64_t group;
};

static bool is_banned(const struct ban *ban)
{
	return ban->state == BAN_IN_FORCE || ban->state == BAN_REPORTED || ban->state == BAN_RESTORED;
}

/* The ban that says most about the address: one in force, else one that is observed, else one that waits. */
static const struct ban *ban_of(const struct explained *e)
{
	const struct lru *table = &e->core->response.bans.table;
	const struct ban *best = NULL;

	for (const struct ban *ban = lru_oldest(table); ban; ban = lru_newer(table, ban)) {
		if (!addr_contains(&ban->addr, &e->addr) || ban->expires_us <= e->core->now.mono_us)
			continue;
		if (!best || (is_banned(ban) && !is_banned(best)) || best->state == BAN_ASKED)
			best = ban;
	}
	return best;
}

/* The entry of never_ban that has the address or shares its network; NULL: none has. */
static const struct addr *never_ban_of(const struct explained *e)
{
	const struct settings *s = e->core->settings;

	for (unsigned i = 0; i < s->never_ban_count; i++)
		if (addr_overlaps(&s->never_ban[i], &e->net))
			return &s->never_ban[i];
	return NULL;
}

/* The last ban of the address that was decided and refused; NULL: none that is known any more. */
static const struct core_refusal *refusal_of(const struct explained *e)
{
	for (unsigned i = 0; i < CORE_REFUSALS_MAX; i++)
		if (addr_contains(&e->core->refusals[i].addr, &e->addr))
			return &e->core->refusals[i];
	return NULL;
}

static uint32_t counted(const struct explained *e, const struct rule_row *row)
{
	if (!row->policy->enabled || row->rule->subject != SUBJECT_SRC || row->rule->kind != EVENT_AUTH)
		return 0;
	return rule_count(&e->core->rules, row, e->group, e->core->now);
}

static const char *why_ban(const struct explained *e, const struct ban *ban, char why[WHY_MAX])
{
	char rule[RULE_NAME_MAX];

	if (ban->state == BAN_OBSERVED)
		return "mode = observe: it would be banned, and is not";
	if (ban->state == BAN_ASKED) {
		if (ban->asked == BAN_WAITS && response_bans_wait(&e->core->response, e->core->now))
			return ban_queue_is_stuck(&e->core->response.queue)
				       ? "its ban waits: caltropd cannot do it just now"
				       : "its ban waits: bans_per_minute allows no more";
		return "its ban is decided, and caltropd has not answered yet";
	}
	if (ban->origin == ORIGIN_PLAYBOOK)
		return "a playbook that operators signed banned it";
	if (ban->origin == ORIGIN_IMMUNITY)
		return "several devices of its group banned it, and operators let the service pass that on";
	if (ban->origin != ORIGIN_RULE)
		return "an order of the service banned it";
	snprintf(why, WHY_MAX, "the rule %s banned it", rule_set_name(&e->core->set, ban->rule, rule));
	return why;
}

static const char *verdict_of_ban(const struct ban *ban)
{
	return is_banned(ban) ? "banned" : ban->state == BAN_OBSERVED ? "observed" : "waiting";
}

static bool any_counts(const struct explained *e)
{
	for (unsigned i = 0; i < e->core->set.loaded; i++)
		if (counted(e, &e->core->set.rows[i]))
			return true;
	return false;
}

/* Why it is not banned, and the word for that. */
static const char *why_not(const struct explained *e, const char **verdict, char why[WHY_MAX])
{
	const struct addr *entry = never_ban_of(e);
	const struct core_refusal *refusal = refusal_of(e);
	char text[ADDR_TEXT_MAX];

	*verdict = "protected";
	if (addr_is_special(&e->addr))
		return "no remote host can have this address";
	if (entry) {
		snprintf(why, WHY_MAX, "never_ban = %s has it", addr_text(entry, text));
		return why;
	}
	if (refusal) {
		*verdict = refusal->err == ERR_PROTECTED ? "protected" : "refused";
		return refusal->text;
	}
	*verdict = any_counts(e) ? "counted" : "unknown";
	return any_counts(e) ? "no rule has all that it needs within its window"
			     : "no rule counts anything of it within its window";
}

static void put_verdict(const struct explained *e, struct buf *b)
{
	char text[ADDR_TEXT_MAX], memory[WHY_MAX];
	const struct ban *ban = ban_of(e);
	const char *verdict = ban ? verdict_of_ban(ban) : "";
	const char *why = ban ? why_ban(e, ban, memory) : why_not(e, &verdict, memory);

	rows_begin(b, "explain");
	rows_text(b, "addr", str_from(addr_text(&e->addr, text)));
	rows_text(b, "counted_as", str_from(addr_text(&e->net, text)));
	rows_text(b, "verdict", str_from(verdict));
	rows_text(b, "why", str_from(why));
	rows_end(b);
}

static void put_protections(const struct explained *e, struct buf *b)
{
	const struct core_refusal *refusal = refusal_of(e);
	const struct addr *entry = never_ban_of(e);
	char text[ADDR_TEXT_MAX];

	if (entry) {
		rows_begin(b, "protection");
		rows_text(b, "never_ban", str_from(addr_text(entry, text)));
		rows_end(b);
	}
	if (!refusal)
		return;
	rows_begin(b, "refusal");
	rows_text(b, "addr", str_from(addr_text(&refusal->addr, text)));
	rows_text(b, "rule", str_from(refusal->rule));
	rows_time(b, "at", refusal->wall_us);
	rows_text(b, "text", str_from(refusal->text));
	rows_end(b);
}

static void put_bans(const struct explained *e, struct buf *b)
{
	const struct lru *table = &e->core->response.bans.table;
	unsigned rows = 0;

	for (const struct ban *ban = lru_newest(table); ban && rows < EXPLAIN_ROWS_MAX; ban = lru_older(table, ban)) {
		if (!addr_contains(&ban->addr, &e->addr) || ban->expires_us <= e->core->now.mono_us)
			continue;
		core_ban_row(e->core, ban, b);
		rows++;
	}
}

static void put_rules(const struct explained *e, struct buf *b)
{
	unsigned rows = 0;

	for (unsigned i = 0; i < e->core->set.loaded && rows < EXPLAIN_ROWS_MAX; i++) {
		const struct rule_row *row = &e->core->set.rows[i];
		uint32_t count = counted(e, row);

		if (count == 0)
			continue;
		rows_begin(b, "rule");
		rows_text(b, "rule", str_from(row->rule->id));
		rows_int(b, "counted", count);
		rows_int(b, "needs", row->policy->count);
		rows_int(b, "window_s", row->policy->window_us / SECOND_US);
		rows_text(b, "then", row->rule->classes & ATTEMPT_SUCCESS ? STR("a success") : STR_NONE);
		rows_bool(b, "acts", row->policy->steps[0] != VERB_NONE);
		rows_end(b);
		rows++;
	}
}

static void put_incidents(const struct explained *e, struct buf *b)
{
	const struct lru *open = &e->core->incidents.findings, *all = &e->core->incidents.table;
	unsigned rows = 0;

	for (const struct incident *i = lru_newest(all); i && rows < EXPLAIN_ROWS_MAX; i = lru_older(all, i)) {
		const struct finding *f = lru_newest(open);

		while (f && (f->incident != i || f->group != e->group || f->subject.kind != SUBJECT_SRC))
			f = lru_older(open, f);
		if (!f)
			continue;
		core_incident_row(e->core, i, b);
		rows++;
	}
}

void core_explain_keep(struct core *c, const struct actor_receipt *receipt, const char *text)
{
	struct core_refusal *keep = NULL;

	if (receipt->result != RECEIPT_REFUSED || receipt->args.verb != VERB_BAN || receipt->args.addr.family == 0)
		return;
	for (unsigned i = 0; i < CORE_REFUSALS_MAX; i++)
		if (addr_equal(&c->refusals[i].addr, &receipt->args.addr))
			keep = &c->refusals[i];
	if (!keep)
		keep = &c->refusals[c->next_refusal++ % CORE_REFUSALS_MAX];
	*keep = (struct core_refusal){receipt->args.addr, receipt->err, c->now.wall_us, "", ""};
	str_show((struct str){receipt->rule, strnlen(receipt->rule, sizeof(receipt->rule))}, keep->rule,
		 sizeof(keep->rule));
	str_show(str_from(text), keep->text, sizeof(keep->text));
}

bool core_explain_rows(struct core *c, struct core_reply *r, struct buf *b)
{
	struct explained e = {.core = c, .addr = r->addr, .net = near_net(&c->rules.near, &r->addr)};

	e.group = rule_group(&c->rules, &r->addr, STR_NONE);
	put_verdict(&e, b);
	put_bans(&e, b);
	put_protections(&e, b);
	put_rules(&e, b);
	put_incidents(&e, b);
	return true;
}
