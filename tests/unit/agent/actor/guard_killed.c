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
#include <time.h>
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
	struct order o = {.step_count = 1, .steps[0].args = turn % 2 ? what->end : what->begin};

	o.not_before_s = time(NULL) - 5;
	o.not_after_s = time(NULL) + 60;
	o.target_kind = ORDER_DEVICES;
	o.target_count = 1;
	o.id[0] = (uint8_t)turn;
	o.id[1] = (uint8_t)(turn >> 8);
	o.id[2] = 1; /* not one of the test's own */
	memset(o.targets[0], 7, 16);
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
