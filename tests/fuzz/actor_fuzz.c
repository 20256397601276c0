/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actor's socket against a captured core: any bytes as datagrams, whole messages with any content. Whatever comes,
 * the actor answers or refuses and touches no memory that is not its own. Nothing is carried out: there is no firewall
 * and no shadow file, and every verb on processes is turned into an observation before it is handed over.
 *
 * Input: datagrams, each behind two bytes of length. A length with its top bit set fills in a true header and gives the
 * message the length of its type, by zeros or a cut, so that a seed is one still when messages have grown.
 */
#include "agent/actor/ledger/journal.h"
#include "agent/actor/request.h"
#include "agent/actor/sys/procs.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/actor.h"
#include "agent/base/require.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct actor actor;
static int core = -1;

static void start(void)
{
	struct hash_key key = {1, 2};
	int pair[2];

	require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) == 0);
	core = pair[1];
	settings_default(&actor.settings);
	actor.settings.network = true;
	memcpy(actor.settings.shadow, "/nonexistent/shadow", 20);
	memcpy(actor.settings.files[0], "/dev/null", 10);
	memcpy(actor.trust_path, "/nonexistent/trust", 19);
	child_init(&actor.child);
	actor.child.socket = pair[0];
	actor.rows = verb_table;
	actor.firewall = ERR_UNSUPPORTED;
	actor.journal.fd = actor.journal.next_fd = -1;
	ledger_init(&actor.ledger, key);
	budget_init(&actor.budgets[ACTION_BANS], 1000, MINUTE_US, 0);
}

/* Only verbs on addresses are let through to the dispatcher in earnest. */
static void defuse(uint8_t *message, size_t len)
{
	struct actor_act act;

	if (len != sizeof(act))
		return;
	memcpy(&act, message, sizeof(act));
	if (act.args.verb != VERB_BAN && act.args.verb != VERB_UNBAN && act.observe <= 1)
		act.observe = 1;
	memcpy(message, &act, sizeof(act));
}

/* A true header in front; how long the message is then. */
static size_t head(uint8_t *message, size_t len)
{
	uint16_t type = message[2] % 7 == 6 ? ACTOR_OWNER : message[2] % 7;
	size_t length = message_length(type) ? message_length(type) : len;
	struct actor_header h = {MESSAGE_VERSION, type, (uint32_t)length, 7};

	memcpy(message, &h, sizeof(h));
	return length;
}

static void give(const uint8_t *data, size_t len, bool true_header)
{
	static uint8_t room[0x8000];
	uint8_t *message;
	char answer[4096];

	memset(room, 0, sizeof(room));
	memcpy(room, data, len);
	if (true_header && len >= sizeof(struct actor_header))
		len = head(room, len);
	/* Exact size, so that the sanitizer sees a read past it. */
	message = malloc(len ? len : 1);
	require(message != NULL);
	memcpy(message, room, len);
	defuse(message, len);
	(void)!request_handle(&actor, message, len);
	while (recv(core, answer, sizeof(answer), 0) > 0)
		continue;
	(void)!actor_flush(&actor);
	request_continue(&actor);
	require(act_next_us(&actor) == INT64_MAX);
	free(message);
}

static void each_record(void *context, const struct journal_record *record)
{
	require(record->kind != 0 && record->kind < JOURNAL_KIND_MAX && record->text.len <= *(size_t *)context);
}

static void other_readers(const uint8_t *data, size_t size)
{
	struct journal_scan found;
	struct proc_stat stat;

	journal_scan((struct str){(const char *)data, size}, each_record, &size, &found);
	require((size_t)found.skipped + found.torn + (size_t)JOURNAL_HEADER * (found.records + found.unknown) <= size);
	(void)!proc_stat_parse((const char *)data, size, &stat);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (core < 0)
		start();
	other_readers(data, size);
	while (size >= 2) {
		unsigned head = (unsigned)(data[0] << 8 | data[1]);
		size_t len = head & 0x7fff;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		give(data, len, head & 0x8000);
		data += len;
		size -= len;
	}
	return 0;
}
