/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a failed log-in costs in the rules, with ten rules and with 2,000 of which as many look at it
 * (tests/unit/agent/rules/many_rules.h), in turns, each time the median of its rounds.
 *
 *   rules [ROUNDS]      rows "rules few NANOSECONDS ns" and "rules many NANOSECONDS ns", an event each
 */
#include "agent/rules/threshold.h"
#include "tests/bench/load/load_times.h"
#include "tests/unit/agent/rules/many_rules.h"

#include <stdio.h>
#include <stdlib.h>

#define EVENTS 20000 /* of one round */

static int64_t round_of(struct many_rules *m)
{
	int64_t start = load_times_clock_us();

	for (unsigned i = 0; i < EVENTS; i++)
		many_rules_fail(m, i);
	return load_times_clock_us() - start;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 50;
	struct many_rules *few = many_rules_load(MANY_RULES_FEW, threshold_evaluate);
	struct many_rules *many = many_rules_load(MANY_RULES_MAX, threshold_evaluate);
	static struct load_times times[2];

	if (rounds < 1 || rounds > LOAD_TIMES_MAX) {
		fprintf(stderr, "usage: rules [ROUNDS]\n");
		return 2;
	}
	for (int i = 0; i < rounds; i++) {
		load_times_add(&times[0], round_of(few));
		load_times_add(&times[1], round_of(many));
	}
	printf("rules few %.1f ns\n", (double)load_times_at(&times[0], 50) * 1000 / EVENTS);
	printf("rules many %.1f ns\n", (double)load_times_at(&times[1], 50) * 1000 / EVENTS);
	many_rules_unload(few);
	many_rules_unload(many);
	return 0;
}
