/* SPDX-License-Identifier: Apache-2.0 */
/* See guard_killed.h. The moments are drawn from a fixed seed, as far as the scheduler lets them be the same. */
#include "tests/unit/agent/actor/guard_killed.h"

#include "agent/base/require.h"
#include "tests/unit/thorough.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Moments lie between the order's sending and this many microseconds later. The span follows the machine, so that about
 * half the kills come before the receipt, however slow or loaded the machine is.
 */
#define SPAN_FIRST_US 30000
#define SPAN_LEAST_US 200
#define SPAN_MOST_US 5000000

bool guard_killed_ledger_has(struct guard *g, uint16_t verb)
{
	bool has = false;

	for (;;) {
		struct pollfd p = {g->socket, POLLIN, 0};

		require(poll(&p, 1, 2000) == 1);
		require(recv(g->socket, &g->message, sizeof(g->message), 0) > 0);
		if (g->message.header.type == ACTOR_SYNCED)
			return has;
		if (g->message.header.type == ACTOR_EFFECT && g->message.effect.args.verb == verb)
			has = !g->message.effect.gone;
	}
}

static pid_t kill_after(pid_t guard_pid, unsigned us)
{
	pid_t child = fork();

	require(child >= 0);
	if (child == 0) {
		usleep(us);
		(void)kill(guard_pid, SIGKILL);
		_exit(0);
	}
	return child;
}

/* The guard's pid may be another's once the guard was waited for: the killer goes first. */
static void no_more(pid_t killer)
{
	(void)kill(killer, SIGKILL);
	while (waitpid(killer, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static bool order(struct guard *g, const struct guard_killed *what, unsigned turn)
{
	struct order o = guard_order_of(turn % 2 ? &what->end : &what->begin);

	return guard_order(g, &o, what->order_key) != NULL;
}

static unsigned next_span(unsigned span_us, bool answered)
{
	unsigned next = answered ? span_us - span_us / 8 : span_us + span_us / 8;

	return next < SPAN_LEAST_US ? SPAN_LEAST_US : next > SPAN_MOST_US ? SPAN_MOST_US : next;
}

void guard_killed(struct guard *g, const struct guard_killed *what)
{
	unsigned in_force = 0, answers = 0, span_us = SPAN_FIRST_US;
	unsigned times = thorough_times(60, 500);

	srandom(1);
	for (unsigned turn = 0; turn < times; turn++) {
		pid_t killer = kill_after(g->pid, (unsigned)random() % span_us);
		bool answered = order(g, what, turn), has;

		no_more(killer);
		guard_kill(g);
		guard_start(g);
		has = guard_killed_ledger_has(g, what->begin.verb);
		require(what->is_as(has));
		in_force += has;
		answers += answered;
		span_us = next_span(span_us, answered);
	}
	printf("%u of %u ended in force, %u were answered\n", in_force, times, answers);
	require(in_force > 0 && in_force < times);
}
