/* SPDX-License-Identifier: Apache-2.0 */
/* See guard_killed.h. The moments are drawn from a fixed seed, as far as the scheduler lets them be the same. */
#include "tests/unit/agent/actor/guard_killed.h"

#include "agent/base/require.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOMENTS_US 30000 /* from before the order is read to behind its receipt */

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

static void kill_after(pid_t guard_pid, unsigned us)
{
	pid_t child = fork();

	require(child >= 0);
	if (child == 0) {
		usleep(us);
		(void)kill(guard_pid, SIGKILL);
		_exit(0);
	}
}

static void order(struct guard *g, const struct guard_killed *what, unsigned turn)
{
	struct order o = guard_order_of(turn % 2 ? &what->end : &what->begin);

	(void)guard_order(g, &o, what->order_key);
}

unsigned guard_killed(struct guard *g, const struct guard_killed *what)
{
	unsigned in_force = 0;

	srandom(1);
	for (unsigned turn = 0; turn < GUARD_KILLED_TIMES; turn++) {
		bool has;

		kill_after(g->pid, (unsigned)random() % MOMENTS_US);
		order(g, what, turn);
		guard_kill(g);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		guard_start(g);
		has = guard_killed_ledger_has(g, what->begin.verb);
		require(what->is_as(has));
		in_force += has;
	}
	printf("%u of %d ended in force\n", in_force, GUARD_KILLED_TIMES);
	return in_force;
}
