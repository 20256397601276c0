/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated actor: applies what it is asked after a moment, fails now and then, keeps its bans over crashes of
 * the core and over power cuts, as the real one does with kernel and journal.
 */
#pragma once

#include "agent/common/message.h"
#include "tests/sim/world.h"

#include <stdbool.h>

#define HANDS_BANS_MAX 512

struct hands_ban {
	struct addr addr;
	int64_t expires_us;  /* world time; 0: not in force */
	uint32_t duration_s; /* as asked */
	bool ever;
	char rule[MESSAGE_RULE_MAX];
};

void hands_begin(struct world *w);

/* From the core of that life. Answers come by device_receipt(). */
void hands_act(const struct actor_act *act, uint64_t life);

/* An order; `id` is all the simulation looks at. And how often that one was carried out. */
void hands_order(const struct actor_order *order, uint64_t life);
unsigned hands_orders(const uint8_t id[MESSAGE_ID]);

/* A core is ready: tell it all bans. */
void hands_ready(uint64_t life);

/* The power is gone: what was under way is lost. */
void hands_lose_power(void);

bool hands_banned(const struct addr *addr);
bool hands_ever_banned(const struct addr *addr);
const struct hands_ban *hands_bans(void);
unsigned hands_resets(void);
