/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and lengths of messages, and the checks of a verb's arguments that both ends of the socket make. The actor's
 * rails (agent/actor/rails/rails.c) check more. Pure.
 */
#include "agent/common/message.h"

#include "agent/base/str.h"

#include <string.h>

#define DURATION_MAX_S (30u * 86400)

static const char *const names[VERB_MAX] = {
	[VERB_BAN] = "ban",	  [VERB_UNBAN] = "unban", [VERB_RESET] = "reset",
	[VERB_LOGOUT] = "logout", [VERB_KILL] = "kill",
};

static const uint16_t lengths[] = {
	[ACTOR_ACT] = sizeof(struct actor_act),		[ACTOR_ORDER] = sizeof(struct actor_order),
	[ACTOR_SOURCE] = sizeof(struct actor_source),	[ACTOR_READY] = sizeof(struct actor_header),
	[ACTOR_RECEIPT] = sizeof(struct actor_receipt), [ACTOR_BAN_STATE] = sizeof(struct actor_ban),
	[ACTOR_SYNCED] = sizeof(struct actor_header),	[ACTOR_HEALTH] = sizeof(struct actor_health),
	[ACTOR_NETS] = sizeof(struct actor_nets),
};

const char *verb_name(uint16_t verb)
{
	return verb < VERB_MAX ? names[verb] : NULL;
}

uint16_t verb_number(const char *name)
{
	for (uint16_t verb = VERB_NONE + 1; verb < VERB_MAX; verb++)
		if (strcmp(names[verb], name) == 0)
			return verb;
	return VERB_NONE;
}

size_t message_length(uint16_t type)
{
	return type < sizeof(lengths) / sizeof(lengths[0]) ? lengths[type] : 0;
}

/* Whether an account's name is one that useradd(8) accepts. No such name has a special meaning in a path or a file. */
static bool account_valid(const char account[MESSAGE_ACCOUNT_MAX])
{
	size_t len = strnlen(account, MESSAGE_ACCOUNT_MAX);

	if (len == 0 || len == MESSAGE_ACCOUNT_MAX || account[0] == '-' || account[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = account[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
			     c == '-' || c == '.' || (c == '$' && i == len - 1);

		if (!plain)
			return false;
	}
	return true;
}

static bool addr_valid(const struct addr *a)
{
	unsigned bits = a->family == 4 ? 32 : 128;

	if ((a->family != 4 && a->family != 6) || a->prefix == 0 || a->prefix > bits)
		return false;
	for (unsigned bit = a->prefix; bit < sizeof(a->bytes) * 8; bit++)
		if (a->bytes[bit / 8] & (0x80 >> (bit % 8)))
			return false;
	return true;
}

/* Whether the fields that the verb does not read are zero, so that there is one encoding for each request. */
static bool only(const struct verb_args *args, bool addr, bool account, bool pid)
{
	static const struct addr no_addr;
	static const char no_account[MESSAGE_ACCOUNT_MAX];

	return (addr || memcmp(&args->addr, &no_addr, sizeof(no_addr)) == 0) &&
	       (account || memcmp(args->account, no_account, sizeof(no_account)) == 0) &&
	       (pid || (args->pid == 0 && args->start_ticks == 0));
}

bool verb_args_valid(const struct verb_args *args)
{
	if (args->flags != 0 || (args->verb != VERB_BAN && args->duration_s != 0))
		return false;
	switch (args->verb) {
	case VERB_BAN:
		return args->duration_s <= DURATION_MAX_S && addr_valid(&args->addr) && only(args, true, false, false);
	case VERB_UNBAN: return addr_valid(&args->addr) && only(args, true, false, false);
	case VERB_RESET:
	case VERB_LOGOUT: return account_valid(args->account) && only(args, false, true, false);
	case VERB_KILL: return args->pid > 0 && only(args, false, false, true);
	default: return false;
	}
}
