/* SPDX-License-Identifier: Apache-2.0 */
/* Rows (base/rows.h) for the local command line that several answers have. */
#include "agent/core/core_parts.h"

#include "agent/base/rows.h"

void core_ban_row(const struct core *c, const struct ban *ban, struct buf *b)
{
	char text[ADDR_TEXT_MAX], rule[RULE_NAME_MAX];
	bool open = ban->expires_us == INT64_MAX; /* the actor has not answered yet */

	rows_begin(b, "ban");
	rows_text(b, "addr", str_from(addr_text(&ban->addr, text)));
	rows_text(b, "state", str_from(ban_state_name(ban->state)));
	rows_text(b, "rule", str_from(rule_set_name(&c->set, ban->rule, rule)));
	rows_text(b, "origin", str_from(message_origin_name(ban->origin)));
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
