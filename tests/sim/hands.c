/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's model. Time is the world's, so that its bans end when the kernel's would. */
#include "tests/sim/hands.h"

#include "agent/base/hash.h"

#include "agent/base/require.h"
#include "tests/sim/device.h"

#include <stdio.h>
#include <string.h>

#define REQUESTS_MAX 256
#define ORDERS_MAX 1024

static struct request {
	struct actor_act act;
	uint64_t life, power;
	bool used;
} requests[REQUESTS_MAX];

static struct pending_order {
	uint8_t id[MESSAGE_ID];
	uint64_t life, power, request_id;
	bool used;
} pending[REQUESTS_MAX];

static struct hands {
	struct world *world;
	uint64_t power; /* counts power cuts */
	unsigned resets;
	unsigned order_count;
	struct {
		uint8_t id[MESSAGE_ID];
		unsigned done;
	} orders[ORDERS_MAX];
	struct hands_ban bans[HANDS_BANS_MAX];
} hands;

void hands_begin(struct world *w)
{
	memset(&hands, 0, sizeof(hands));
	memset(requests, 0, sizeof(requests));
	memset(pending, 0, sizeof(pending));
	hands.world = w;
}

static struct hands_ban *find(const struct addr *addr)
{
	for (unsigned i = 0; i < HANDS_BANS_MAX; i++)
		if (hands.bans[i].addr.family && addr_equal(&hands.bans[i].addr, addr))
			return &hands.bans[i];
	return NULL;
}

static struct hands_ban *find_or_new(const struct addr *addr)
{
	struct hands_ban *ban = find(addr);

	for (unsigned i = 0; !ban && i < HANDS_BANS_MAX; i++)
		if (hands.bans[i].addr.family == 0)
			ban = &hands.bans[i];
	require(ban != NULL);
	ban->addr = *addr;
	return ban;
}

static struct actor_receipt receipt_of(const struct actor_act *act)
{
	struct actor_receipt r = {.header = {MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), act->header.request_id}};

	r.origin = act->origin;
	r.args = act->args;
	memcpy(r.rule, act->rule, sizeof(r.rule));
	memcpy(r.incident, act->incident, sizeof(r.incident));
	r.cause_us = act->cause_us;
	r.decided_us = act->decided_us;
	return r;
}

static void expire(struct world *w, uint64_t slot)
{
	struct hands_ban *ban = &hands.bans[slot];
	struct actor_receipt r = {.header = {MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), 0}, .origin = ORIGIN_RULE};

	if (ban->expires_us == 0 || ban->expires_us > w->time_us)
		return;
	ban->expires_us = 0;
	r.result = RECEIPT_REVERTED;
	r.args = (struct verb_args){.verb = VERB_BAN, .addr = ban->addr};
	memcpy(r.rule, ban->rule, sizeof(r.rule));
	snprintf(r.text, sizeof(r.text), "ban has run out");
	device_receipt(&r, device_life());
}

static void ban(struct actor_receipt *r)
{
	struct hands_ban *ban = find_or_new(&r->args.addr);
	int64_t until = hands.world->time_us + (int64_t)r->args.duration_s * SECOND_US;

	bool again = ban->expires_us > hands.world->time_us + SECOND_US && ban->duration_s >= r->args.duration_s;

	r->result = again || ban->expires_us >= until ? RECEIPT_ALREADY : RECEIPT_DONE;
	if (r->result == RECEIPT_DONE) {
		ban->expires_us = until;
		ban->duration_s = r->args.duration_s;
		ban->ever = true;
		memcpy(ban->rule, r->rule, sizeof(ban->rule));
		world_after(hands.world, until - hands.world->time_us, expire, (uint64_t)(ban - hands.bans));
	}
	r->expires_wall_us = device_wall() + ban->expires_us - hands.world->time_us;
	r->verified = 1;
	snprintf(r->text, sizeof(r->text), "banned");
}

static void apply(struct world *w, uint64_t slot)
{
	struct request *q = &requests[slot];
	struct actor_receipt r = receipt_of(&q->act);

	q->used = false;
	if (q->power != hands.power)
		return;
	if (!verb_args_valid(&q->act.args))
		world_fail(w, "the core asks for nonsense");
	if (!w->peace && world_chance(w, w->scenario->actor_trouble)) {
		r.result = world_chance(w, 500) ? RECEIPT_FAILED : RECEIPT_REFUSED;
		r.err = r.result == RECEIPT_FAILED ? ERR_IO : ERR_BUSY;
		snprintf(r.text, sizeof(r.text), "not now");
	} else if (r.args.verb == VERB_BAN) {
		ban(&r);
	} else {
		hands.resets += r.args.verb == VERB_RESET;
		r.result = RECEIPT_DONE;
		snprintf(r.text, sizeof(r.text), "done");
	}
	device_receipt(&r, q->life);
}

void hands_act(const struct actor_act *act, uint64_t life)
{
	unsigned slot = 0;

	while (slot < REQUESTS_MAX && requests[slot].used)
		slot++;
	require(slot < REQUESTS_MAX);
	requests[slot] = (struct request){*act, life, hands.power, true};
	world_after(hands.world, 50 + (int64_t)world_random(hands.world, 3000), apply, slot);
}

/* Carried out once; what comes again gets the answer of the first time. */
static void obey(struct world *w, uint64_t slot)
{
	struct pending_order *p = &pending[slot];
	struct actor_receipt r = {.header = {MESSAGE_VERSION, ACTOR_RECEIPT, sizeof(r), p->request_id}};
	unsigned i = 0;

	p->used = false;
	if (p->power != hands.power)
		return;
	while (i < hands.order_count && memcmp(hands.orders[i].id, p->id, MESSAGE_ID) != 0)
		i++;
	require(i < ORDERS_MAX);
	if (i == hands.order_count) {
		memcpy(hands.orders[hands.order_count++].id, p->id, MESSAGE_ID);
		hands.orders[i].done++;
		world_say(w, "order %02x%02x is carried out", p->id[0], p->id[1]);
	}
	r.origin = ORIGIN_ORDER;
	r.result = RECEIPT_DONE;
	r.args = (struct verb_args){.verb = VERB_LOGOUT, .account = "someone"};
	memcpy(r.order_id, p->id, MESSAGE_ID);
	snprintf(r.text, sizeof(r.text), "as ordered");
	device_receipt(&r, p->life);
}

void hands_order(const struct actor_order *order, uint64_t life)
{
	unsigned slot = 0;

	while (slot < REQUESTS_MAX && pending[slot].used)
		slot++;
	require(slot < REQUESTS_MAX && order->order_len == MESSAGE_ID);
	pending[slot] = (struct pending_order){.life = life, .power = hands.power, .used = true};
	pending[slot].request_id = order->header.request_id;
	memcpy(pending[slot].id, order->order, MESSAGE_ID);
	world_after(hands.world, 50 + (int64_t)world_random(hands.world, 3000), obey, slot);
}

unsigned hands_orders(const uint8_t id[MESSAGE_ID])
{
	for (unsigned i = 0; i < hands.order_count; i++)
		if (memcmp(hands.orders[i].id, id, MESSAGE_ID) == 0)
			return hands.orders[i].done;
	return 0;
}

void hands_ready(uint64_t life)
{
	for (unsigned i = 0; i < HANDS_BANS_MAX; i++) {
		struct hands_ban *ban = &hands.bans[i];
		struct actor_effect told = {.args = {.verb = VERB_BAN, .addr = ban->addr}, .origin = ORIGIN_RULE};

		if (ban->expires_us <= hands.world->time_us)
			continue;
		told.args.duration_s = ban->duration_s;
		told.rule_hash = hash_name(ban->rule);
		told.expires_mono_us = device_now().mono_us + ban->expires_us - hands.world->time_us;
		told.expires_wall_us = device_wall() + ban->expires_us - hands.world->time_us;
		device_told(&told, life);
	}
	device_told(NULL, life);
}

void hands_lose_power(void)
{
	hands.power++;
}

bool hands_banned(const struct addr *addr)
{
	for (unsigned i = 0; i < HANDS_BANS_MAX; i++)
		if (hands.bans[i].addr.family && hands.bans[i].expires_us > hands.world->time_us &&
		    addr_contains(&hands.bans[i].addr, addr))
			return true;
	return false;
}

bool hands_ever_banned(const struct addr *addr)
{
	for (unsigned i = 0; i < HANDS_BANS_MAX; i++)
		if (hands.bans[i].ever && addr_contains(&hands.bans[i].addr, addr))
			return true;
	return false;
}

const struct hands_ban *hands_bans(void)
{
	return hands.bans;
}

unsigned hands_resets(void)
{
	return hands.resets;
}
