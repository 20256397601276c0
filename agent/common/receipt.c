/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes receipts without protobuf-c, which the actor does not link. Fields stand in the order of their tags. */
#include "agent/common/receipt.h"

#include "proto/record_tags.h"
#include "proto/wire.h"

#include <string.h>

const char *receipt_result_name(uint8_t result)
{
	static const char *const names[] = {
		"", "done", "already", "observed", "refused", "failed", "reverted", "restored",
	};

	return result < sizeof(names) / sizeof(names[0]) ? names[result] : "";
}

static const char *origin_name(const struct actor_receipt *r)
{
	return r->result == RECEIPT_RESTORED ? "reconciler" : message_origin_name(r->origin);
}

static void put_text(struct buf *b, uint32_t number, const char *text)
{
	wire_put_bytes(b, number, str_from(text ? text : ""));
}

/* A text of a fixed size, which need not end, with '?' for what is not printable. */
static void put_shown(struct buf *b, uint32_t number, const char *text, size_t size)
{
	char shown[MESSAGE_TEXT_MAX + 1];

	str_show((struct str){text, strnlen(text, size)}, shown, sizeof(shown));
	put_text(b, number, shown);
}

static void put_id(struct buf *b, uint32_t number, const uint8_t id[MESSAGE_ID])
{
	static const uint8_t none[MESSAGE_ID];

	if (memcmp(id, none, MESSAGE_ID) != 0)
		wire_put_bytes(b, number, (struct str){(const char *)id, MESSAGE_ID});
}

/* What was done to whom: the fields of before the list of arguments. */
static void put_target(struct buf *b, const struct actor_receipt *r)
{
	const struct verb_args *args = &r->args;
	char addr[ADDR_TEXT_MAX];

	if (args->addr.family)
		put_text(b, RECEIPT_ADDR, addr_text(&args->addr, addr));
	wire_put_bytes(b, RECEIPT_ACCOUNT, (struct str){args->account, strnlen(args->account, VERB_ACCOUNT_MAX)});
	wire_put_int(b, RECEIPT_PID, (uint64_t)(int64_t)args->pid);
	wire_put_int(b, RECEIPT_COUNT, r->count);
	wire_put_int(b, RECEIPT_DURATION_S, args->duration_s);
	wire_put_fixed64(b, RECEIPT_EXPIRES_WALL_US, (uint64_t)r->expires_wall_us);
}

static void put_times(struct buf *b, const struct actor_receipt *r)
{
	wire_put_fixed64(b, RECEIPT_CAUSE_US, (uint64_t)r->cause_us);
	wire_put_fixed64(b, RECEIPT_DECIDED_US, (uint64_t)r->decided_us);
	wire_put_fixed64(b, RECEIPT_RECEIVED_US, (uint64_t)r->received_us);
	wire_put_fixed64(b, RECEIPT_JOURNALED_US, (uint64_t)r->journaled_us);
	wire_put_fixed64(b, RECEIPT_ACTED_US, (uint64_t)r->acted_us);
	wire_put_fixed64(b, RECEIPT_VERIFIED_US, (uint64_t)r->verified_us);
}

/* Each argument that was given, as {name, value}. */
static void put_arguments(struct buf *b, const struct verb_args *args)
{
	char text[VERB_DESCRIBE_MAX], memory[VERB_DESCRIBE_MAX + 64];

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *p = verb_param(tag);
		struct buf value = buf_over(text, sizeof(text)), message = buf_over(memory, sizeof(memory));

		if (!verb_takes(args->verb, tag) || !verb_arg_given(args, p))
			continue;
		verb_arg_put(&value, args, p);
		put_text(&message, 1, p->name);
		wire_put_bytes(&message, 2, buf_str(&value));
		b->overflow |= value.overflow || message.overflow;
		wire_put_message(b, RECEIPT_ARGUMENTS, buf_str(&message));
	}
}

void receipt_put(struct buf *b, const struct actor_receipt *r)
{
	size_t sealed_len = r->sealed_len <= MESSAGE_SEALED_MAX ? r->sealed_len : 0;

	put_text(b, RECEIPT_VERB, verb_name(r->args.verb));
	put_text(b, RECEIPT_ORIGIN, origin_name(r));
	put_text(b, RECEIPT_RESULT, receipt_result_name(r->result));
	put_text(b, RECEIPT_ERROR, r->err ? err_name(r->err) : "");
	wire_put_int(b, RECEIPT_VERIFIED, r->verified ? 1 : 0);
	put_shown(b, RECEIPT_RULE_ID, r->rule, sizeof(r->rule));
	put_id(b, RECEIPT_INCIDENT_ID, r->incident);
	put_id(b, RECEIPT_ORDER_ID, r->order_id);
	put_target(b, r);
	put_times(b, r);
	wire_put_bytes(b, RECEIPT_SEALED, (struct str){(const char *)r->sealed, sealed_len});
	put_shown(b, RECEIPT_TEXT, r->text, sizeof(r->text));
	put_arguments(b, &r->args);
	wire_put_int(b, RECEIPT_STEP, r->step);
	wire_put_int(b, RECEIPT_STEPS, r->steps);
	put_text(b, RECEIPT_OUTCOME, receipt_result_name(r->outcome));
	wire_put_int(b, RECEIPT_REPEAT, r->repeat ? 1 : 0);
}
