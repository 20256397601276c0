/* SPDX-License-Identifier: Apache-2.0 */
/* Rows (base/rows.h) for the local command line that several answers have. */
#include "agent/core/core_parts.h"

#include "agent/base/rows.h"

static const char *origin_name(uint8_t origin)
{
	return origin == ORIGIN_ORDER ? "order" : origin == ORIGIN_LOCAL ? "local" : "rule";
}

void core_ban_row(const struct core *c, const struct ban *ban, struct buf *b)
{
	char text[ADDR_TEXT_MAX], rule[RULE_NAME_MAX];
	bool open = ban->expires_us == INT64_MAX; /* the actor has not answered yet */

	rows_begin(b, "ban");
	rows_text(b, "addr", str_from(addr_text(&ban->addr, text)));
	rows_text(b, "state", str_from(ban_state_name(ban->state)));
	rows_text(b, "rule", str_from(rule_set_name(&c->set, ban->rule, rule)));
	rows_text(b, "origin", str_from(origin_name(ban->origin)));
	rows_time(b, "since", ban->since_wall_us);
	rows_time(b, "expires", open ? 0 : c->now.wall_us + ban->expires_us - c->now.mono_us);
	rows_end(b);
}

/* Whether a refusal by pam_unix brings a ban forward, of each service that has told. */
void core_stack_rows(const struct core *c, struct buf *b)
{
	const struct attempt_stacks *stacks = &c->attempts.stacks;

	for (uint8_t i = 0; i < SERVICE_MAX; i++) {
		const char *judge = attempt_stack_judge(stacks, i);

		if (!judge && !(stacks->unix_alone && i == SERVICE_SSHD))
			continue;
		rows_begin(b, "stack");
		rows_text(b, "service", str_from(auth_service_name(i)));
		rows_text(b, "judge", str_from(stacks->unix_alone ? "pam_unix" : judge));
		rows_text(b, "known_by", str_from(stacks->unix_alone ? "settings" : "log-ins"));
		rows_bool(b, "early_ban", stacks->unix_alone || attempt_stack_alone(stacks, i));
		rows_end(b);
	}
}

void core_incident_row(const struct core *c, const struct incident *i, struct buf *b)
{
	const struct rule *rule = incident_rule(&c->incidents, i)->rule;
	char text[SUBJECT_TEXT_MAX], id[2 * INCIDENT_ID];
	struct str subject = subject_text(&i->subject, text);
	struct buf hex = buf_over(id, sizeof(id));

	buf_hex(&hex, i->id, sizeof(i->id));
	rows_begin(b, "incident");
	rows_text(b, "id", buf_str(&hex));
	rows_text(b, "rule", str_from(rule->id));
	rows_text(b, "title", str_from(rule->title));
	rows_text(b, "severity", str_from(severity_name(rule->level)));
	rows_text(b, "src", i->subject.kind == SUBJECT_SRC ? subject : STR_NONE);
	rows_text(b, "user", (struct str){i->user, i->user_len});
	rows_text(b, "service", i->service ? str_from(auth_service_name(i->service)) : STR_NONE);
	rows_int(b, "count", i->count);
	rows_time(b, "first", i->first_wall_us);
	rows_time(b, "last", i->last_wall_us);
	rows_text(b, "subject_kind", str_from(subject_kind_name(i->subject.kind)));
	rows_text(b, "subject", subject);
	rows_end(b);
}
