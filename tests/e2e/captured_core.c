/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core that an attacker has taken over and that knows the protocol: caltropd starts it as [guard] core. It sends
 * every kind of message that a core sends, well-formed once and then with each of its words made 0, 1, the largest and
 * the smallest number in turn, as far as that is no breach of the protocol; at last such breaches, for each of which
 * caltropd starts it again. How far it is stands in /tmp/captured, one byte a start. Standard error gets "captured:
 * done" when all was sent, with how many messages caltropd answered.
 */
#include "agent/common/core_fds.h"
#include "agent/common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROGRESS "/tmp/captured"
#define PATIENCE_MS 20000
#define QUIET_MS 200

static union {
	struct actor_header header;
	struct actor_act act;
	struct actor_order order;
	struct actor_source source;
	struct actor_recorded recorded;
	struct actor_object object;
	struct actor_trust trust;
	uint32_t words[(sizeof(struct actor_trust) + sizeof(struct actor_order)) / 4];
} base, message;

static const struct {
	uint16_t type;
	uint32_t size;
} kinds[] = {
	{ACTOR_ACT, sizeof(struct actor_act)},	     {ACTOR_ORDER, sizeof(struct actor_order)},
	{ACTOR_SOURCE, sizeof(struct actor_source)}, {ACTOR_READY, sizeof(struct actor_header)},
	{ACTOR_HEARD, sizeof(struct actor_header)},  {ACTOR_RECORDED, sizeof(struct actor_recorded)},
	{ACTOR_OBJECT, sizeof(struct actor_object)}, {ACTOR_TRUST, sizeof(struct actor_trust)},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t sent, answered;

/* Take what has arrived, so that caltropd goes on listening. */
static void drain(int wait_ms)
{
	struct pollfd p = {CORE_FD_ACTOR, POLLIN, 0};
	char answer[8192];

	while (poll(&p, 1, wait_ms) > 0) {
		if (recv(CORE_FD_ACTOR, answer, sizeof(answer), MSG_DONTWAIT) <= 0) {
			if (errno != EAGAIN)
				exit(1);
			return;
		}
		answered++;
	}
}

static void deliver(const void *bytes, size_t size)
{
	/* caltropd hears nothing while it waits to be heard. */
	struct pollfd p = {CORE_FD_ACTOR, POLLIN | POLLOUT, 0};

	drain(0);
	while (send(CORE_FD_ACTOR, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno != EAGAIN || poll(&p, 1, PATIENCE_MS) <= 0) {
			fprintf(stderr, "captured: caltropd does not listen\n");
			exit(1);
		}
		drain(0);
	}
	sent++;
}

/* What a core could well send. */
static void begin(unsigned kind)
{
	memset(&base, 0, sizeof(base));
	base.header =
		(struct actor_header){MESSAGE_VERSION, kinds[kind].type, kinds[kind].size, ((uint64_t)kind << 32) + 1};
	switch (kinds[kind].type) {
	case ACTOR_ACT:
		base.act.origin = ORIGIN_RULE;
		snprintf(base.act.rule, sizeof(base.act.rule), "brute_force");
		base.act.args =
			(struct verb_args){.verb = VERB_BAN, .addr = {4, 32, {100, 64, 0, 1}}, .duration_s = 60};
		break;
	case ACTOR_ORDER:
		base.order.order_len = MESSAGE_ORDER_MAX;
		base.order.signature_count = MESSAGE_SIGNATURES_MAX;
		break;
	case ACTOR_OBJECT:
		base.object.statement_len = MESSAGE_STATEMENT_MAX;
		base.object.signature_count = MESSAGE_SIGNATURES_MAX;
		break;
	case ACTOR_TRUST: base.trust.len = BUNDLE_SEALED_MAX; break;
	default: break;
	}
}

static bool has_long_signature(const struct actor_signature *signatures, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (signatures[i].len > MESSAGE_SIGNATURE_MAX)
			return true;
	return false;
}

/* What caltropd cannot even refuse: a core does not say that. */
static bool is_breach(void)
{
	switch (message.header.type) {
	case ACTOR_ACT:
		return (message.act.origin != ORIGIN_RULE && message.act.origin != ORIGIN_LOCAL) ||
		       message.act.observe > 1;
	case ACTOR_ORDER:
		return message.order.order_len > MESSAGE_ORDER_MAX ||
		       message.order.signature_count > MESSAGE_SIGNATURES_MAX ||
		       has_long_signature(message.order.signatures, message.order.signature_count);
	case ACTOR_SOURCE: return message.source.sibling > 1 || message.source.next > 1;
	case ACTOR_RECORDED: return message.recorded.seq > 0;
	case ACTOR_OBJECT:
		return message.object.put > 1 || message.object.statement_len > MESSAGE_STATEMENT_MAX ||
		       message.object.signature_count > MESSAGE_SIGNATURES_MAX ||
		       has_long_signature(message.object.signatures, message.object.signature_count);
	case ACTOR_TRUST: return message.trust.len > BUNDLE_SEALED_MAX;
	default: return false;
	}
}

static void change_every_word(unsigned kind)
{
	static const uint32_t values[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff};

	for (size_t word = sizeof(struct actor_header) / 4 - 2; word < kinds[kind].size / 4; word++)
		for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			message = base;
			message.words[word] = values[i];
			if (!is_breach())
				deliver(&message, kinds[kind].size);
		}
}

/* Each ends this process, or the next message does. */
static void break_protocol(unsigned how)
{
	unsigned kind = how < 9 ? 0 : how == 9 ? 1 : how == 10 ? 2 : how == 11 ? 6 : 7;

	begin(kind);
	switch (how) {
	case 0: base.header.version++; break;
	case 1: base.header.type = 0; break;
	case 2: base.header.type = 0xffff; break;
	case 3: base.header.type = ACTOR_RECEIPT; break;
	case 4: base.header.length--; break;
	case 5: deliver(&base, 1); break;
	case 6: deliver(&base, sizeof(base.header) - 1); break;
	case 7: deliver(&base, kinds[0].size - 1); break;
	case 8: deliver(&base, sizeof(base)); break;
	case 9: base.order.signatures[1].len = 0xffff; break;
	case 10: memset(base.source.name, 'x', sizeof(base.source.name)); break;
	case 11: base.object.statement_len++; break;
	default: base.trust.len++; break;
	}
	deliver(&base, kinds[kind].size);
	drain(PATIENCE_MS);
	fprintf(stderr, "captured: caltropd did not mind breach %u\n", how);
	exit(1);
}

#define BREACHES 13

int main(void)
{
	int progress = open(PROGRESS, O_RDWR | O_APPEND | O_CLOEXEC);
	off_t start = progress < 0 ? -1 : lseek(progress, 0, SEEK_END);

	if (start < 0 || write(progress, "x", 1) != 1)
		return 2;
	if (start > BREACHES)
		pause();
	if (start > 0)
		break_protocol((unsigned)start - 1);
	for (unsigned kind = 0; kind < KINDS; kind++) {
		begin(kind);
		deliver(&base, kinds[kind].size);
		change_every_word(kind);
		drain(QUIET_MS);
	}
	fprintf(stderr, "captured: done: %llu sent, %llu answered\n", (unsigned long long)sent,
		(unsigned long long)answered);
	return 0;
}
