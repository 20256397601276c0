/* SPDX-License-Identifier: Apache-2.0 */
/* Between the calls that take a password and the table of limits, which is asked before a worker gets the password. */
#include "server-stub/api/tries.h"

#include "agent/base/clock.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/work.h"

#include <stdio.h>

struct keys {
	uint64_t pair, address;
};

static struct keys keys_of(const struct call *call, const char *user)
{
	const struct limit *l = call->api->limit;
	char text[ADDR_TEXT_MAX];
	struct str address = str_from(addr_text(&call->net, text));

	return (struct keys){limit_key_pair(l, str_from(user), address), limit_key_address(l, address)};
}

bool tries_allow(struct call *call, const char *user)
{
	int64_t now_us = clock_mono_us();
	struct keys k = keys_of(call, user);
	unsigned by_pair = limit_wait_s(call->api->limit, k.pair, now_us);
	unsigned by_address = limit_wait_s(call->api->limit, k.address, now_us);
	unsigned wait_s = by_pair > by_address ? by_pair : by_address;
	char text[16];

	if (!wait_s)
		return true;
	snprintf(text, sizeof(text), "%u", wait_s);
	reply_header(call, "Retry-After", text);
	reply_error(call, FAULT_TOO_MANY_FAILURES, "Too many wrong passwords; try again in %u s.", wait_s);
	return false;
}

void tries_begin(struct call *call, struct work *w)
{
	struct limit *l = call->api->limit;
	int64_t now_us = clock_mono_us();
	struct keys k = keys_of(call, w->user);
	unsigned by_address = limit_failures(l, k.address, now_us);

	w->rank = limit_failures(l, k.pair, now_us);
	w->rank = w->rank > by_address ? w->rank : by_address;
	if (!work_start(call, w))
		return;
	limit_try(l, k.pair, LIMIT_PAIR_MAX_S, now_us);
	limit_try(l, k.address, LIMIT_ADDRESS_MAX_S, now_us);
}

void tries_count(struct call *call, const char *user)
{
	struct limit *l = call->api->limit;
	int64_t now_us = clock_mono_us();
	struct keys k = keys_of(call, user);

	limit_try(l, k.pair, LIMIT_PAIR_MAX_S, now_us);
	limit_try(l, k.address, LIMIT_ADDRESS_MAX_S, now_us);
}

void tries_forgive(struct call *call, const char *user)
{
	struct limit *l = call->api->limit;
	struct keys k = keys_of(call, user);
	unsigned tries = limit_failures(l, k.pair, clock_mono_us());

	limit_forgive(l, k.pair, tries);
	limit_forgive(l, k.address, tries);
}
