/* SPDX-License-Identifier: Apache-2.0 */
/* Learns what refusals by pam_unix come to, from what attempt.c sees of them. Never counts an attempt. */
#include "agent/rules/attempt_stack.h"

/* A service that was mixed long ago begins anew. */
static struct attempt_stack *stack_of(struct attempt_stacks *s, uint8_t service, struct now now)
{
	struct attempt_stack *stack = &s->of[service < SERVICE_MAX ? service : SERVICE_NONE];

	if (stack->mixed && now.mono_us - stack->mixed_us > ATTEMPT_STACK_MIXED_US)
		*stack = (struct attempt_stack){.proofs = 0};
	return stack;
}

void attempt_stack_failed(struct attempt_stacks *s, uint8_t service, struct now now)
{
	struct attempt_stack *stack = stack_of(s, service, now);

	stack->proofs += !stack->mixed && stack->proofs < ATTEMPT_STACK_PROOFS;
}

void attempt_stack_mixed(struct attempt_stacks *s, uint8_t service, struct now now)
{
	*stack_of(s, service, now) = (struct attempt_stack){.mixed = true, .mixed_us = now.mono_us};
}

bool attempt_stack_alone(const struct attempt_stacks *s, uint8_t service)
{
	const struct attempt_stack *stack = &s->of[service < SERVICE_MAX ? service : SERVICE_NONE];

	return !stack->mixed && stack->proofs >= ATTEMPT_STACK_PROOFS;
}

const char *attempt_stack_judge(const struct attempt_stacks *s, uint8_t service)
{
	const struct attempt_stack *stack = &s->of[service < SERVICE_MAX ? service : SERVICE_NONE];

	if (stack->mixed)
		return "several";
	if (attempt_stack_alone(s, service))
		return "pam_unix";
	return stack->proofs ? "learning" : NULL;
}

uint32_t attempt_stack_save(const struct attempt_stacks *s, struct buf *b, struct now now)
{
	uint32_t left_out = 0;

	for (uint8_t i = 0; i < SERVICE_MAX; i++) {
		const struct attempt_stack *stack = &s->of[i];

		if (!stack->mixed && stack->proofs == 0)
			continue;
		if (b->cap - b->len < ATTEMPT_STACK_SAVED) {
			left_out++;
			continue;
		}
		buf_be8(b, i);
		buf_be8(b, stack->mixed ? UINT8_MAX : stack->proofs);
		buf_be64(b, (uint64_t)(stack->mixed ? now.mono_us - stack->mixed_us : 0));
	}
	return left_out;
}

void attempt_stack_restore(struct attempt_stacks *s, struct view *v, int64_t elapsed_us, struct now now)
{
	while (v->len >= ATTEMPT_STACK_SAVED) {
		uint8_t service = view_be8(v), proofs = view_be8(v);
		uint64_t age = view_be64(v);

		if (service >= SERVICE_MAX || (proofs != UINT8_MAX && proofs > ATTEMPT_STACK_PROOFS))
			continue;
		if (proofs != UINT8_MAX) {
			s->of[service] = (struct attempt_stack){.proofs = proofs};
		} else if (age <= (uint64_t)ATTEMPT_STACK_MIXED_US) {
			s->of[service] = (struct attempt_stack){
				.mixed = true,
				.mixed_us = now.mono_us - (int64_t)age - elapsed_us,
			};
		}
	}
}
