/* SPDX-License-Identifier: Apache-2.0 */
/* Handles the actor's receipts: gives them to the response, and makes records and lines for the log of them. */
#include "agent/core/core_parts.h"

#include "agent/common/receipt.h"

#include <string.h>

static enum severity severity_of(const struct actor_receipt *r)
{
	const struct verb_row *verb = verb_row(r->args.verb);

	if (r->result == RECEIPT_FAILED || r->result == RECEIPT_RESTORED)
		return SEV_HIGH;
	/* Bans are daily work, and what takes something back harms nobody. */
	if (r->result == RECEIPT_DONE && verb && verb->class != VERB_HARMLESS && r->args.addr.family == 0)
		return SEV_HIGH;
	return SEV_MEDIUM;
}

/* How the log says it: an error or a warning is what went wrong. What was done as it should be is worth to know. */
static enum severity severity_of_line(const struct actor_receipt *r)
{
	switch (r->result) {
	case RECEIPT_FAILED: return SEV_HIGH;
	case RECEIPT_RESTORED:
	case RECEIPT_REFUSED: return SEV_MEDIUM;
	case RECEIPT_DONE: return SEV_LOW;
	default: return SEV_INFO;
	}
}

void core_receipt(struct core *c, const struct actor_receipt *receipt)
{
	enum severity severity = severity_of(receipt);
	const char *verb = verb_name(receipt->args.verb);
	struct buf b = core_record_begin(c);
	char text[MESSAGE_TEXT_MAX + 1];

	record_receipt(&b, core_head(c, severity), receipt);
	core_record_end(c, &b, severity);
	str_show((struct str){receipt->text, strnlen(receipt->text, MESSAGE_TEXT_MAX)}, text, sizeof(text));
	core_log(c, severity_of_line(receipt), "%s %s: %s", verb ? verb : "act", receipt_result_name(receipt->result),
		 text);
	if (IS_ENABLED(CONFIG_LOCAL_EXPLAIN))
		core_explain_keep(c, receipt, text);
	uint64_t token = response_receipt(&c->response, receipt, c->now);

	if (c->listener && receipt->result == RECEIPT_REFUSED)
		core_decided(c, &(struct decision){
					.kind = DECISION_IGNORED,
					.rule = receipt->rule,
					.refusal = receipt,
					.why = text,
				});
	if (token)
		core_answer_local(c, token, receipt);
	core_touch(c, CORE_SOON);
}

void core_chain_head(struct core *c, const struct actor_head *head)
{
	struct buf b = core_record_begin(c);

	record_chain_head(&b, core_head(c, SEV_MEDIUM), head);
	core_record_end(c, &b, SEV_MEDIUM);
}

void core_effect(struct core *c, const struct actor_effect *state)
{
	response_effect(&c->response, state, c->now);
	core_force_note(c, state);
	core_touch(c, CORE_SOON);
}
