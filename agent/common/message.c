/* SPDX-License-Identifier: Apache-2.0 */
/* The lengths of the messages between core and actor, which both ends check. Pure. */
#include "agent/common/message.h"

static const uint16_t lengths[] = {
	[ACTOR_ACT] = sizeof(struct actor_act),		[ACTOR_ORDER] = sizeof(struct actor_order),
	[ACTOR_SOURCE] = sizeof(struct actor_source),	[ACTOR_READY] = sizeof(struct actor_header),
	[ACTOR_RECEIPT] = sizeof(struct actor_receipt), [ACTOR_EFFECT] = sizeof(struct actor_effect),
	[ACTOR_SYNCED] = sizeof(struct actor_header),	[ACTOR_HEALTH] = sizeof(struct actor_health),
	[ACTOR_HEARD] = sizeof(struct actor_header),	[ACTOR_NETS] = sizeof(struct actor_nets),
	[ACTOR_HEAD] = sizeof(struct actor_head),	[ACTOR_RECORDED] = sizeof(struct actor_recorded),
	[ACTOR_OBJECT] = sizeof(struct actor_object),	[ACTOR_OBJECT_ANSWER] = sizeof(struct actor_object_answer),
	[ACTOR_TRUST] = sizeof(struct actor_trust),	[ACTOR_OWNER] = sizeof(struct actor_owner),
	[ACTOR_ALIVE] = sizeof(struct actor_header),	[ACTOR_OWNER_ANSWER] = sizeof(struct actor_owner_answer),
	[ACTOR_AUDIT] = sizeof(struct actor_audit),	[ACTOR_WAITING] = sizeof(struct actor_header),
	[ACTOR_PLAY] = sizeof(struct actor_play),
};

size_t message_length(uint16_t type)
{
	return type < sizeof(lengths) / sizeof(lengths[0]) ? lengths[type] : 0;
}

bool message_by_itself(uint8_t origin)
{
	return origin == ORIGIN_RULE || origin == ORIGIN_PLAYBOOK || origin == ORIGIN_IMMUNITY;
}

const char *message_origin_name(uint8_t origin)
{
	static const char *const names[] = {"", "rule", "order", "local", "playbook", "immunity"};

	return origin < sizeof(names) / sizeof(names[0]) ? names[origin] : "";
}
