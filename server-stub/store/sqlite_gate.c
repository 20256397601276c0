/* SPDX-License-Identifier: Apache-2.0 */
/* A ticket lock for each database file. It does not lock out other processes; SQLite's own lock does. */
#include "server-stub/store/sqlite_gate.h"

#include "agent/base/clock.h"
#include "agent/base/require.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct waiter {
	struct waiter *next;
	pthread_cond_t turn;
	bool is_mine;
};

struct sqlite_gate {
	struct sqlite_gate *next;
	unsigned users;
	bool taken;
	bool locked; /* its holder's */
	struct waiter *first, **last;
	struct {
		uint64_t rings; /* from 1 */
		pthread_cond_t rung;
	} bells[LOG_NEWS];
	char path[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sqlite_gate *gates;

static struct sqlite_gate *find(const char *path)
{
	for (struct sqlite_gate *g = gates; g; g = g->next)
		if (strcmp(g->path, path) == 0)
			return g;
	return NULL;
}

struct sqlite_gate *sqlite_gate_open(const char *path)
{
	struct sqlite_gate *gate;
	size_t len = strlen(path) + 1;

	pthread_mutex_lock(&mutex);
	gate = find(path);
	if (!gate) {
		gate = calloc(1, sizeof(*gate) + len);
		if (gate) {
			memcpy(gate->path, path, len);
			gate->last = &gate->first;
			for (unsigned i = 0; i < LOG_NEWS; i++) {
				gate->bells[i].rings = 1;
				pthread_cond_init(&gate->bells[i].rung, NULL);
			}
			gate->next = gates;
			gates = gate;
		}
	}
	if (gate)
		gate->users++;
	pthread_mutex_unlock(&mutex);
	return gate;
}

void sqlite_gate_close(struct sqlite_gate *gate)
{
	struct sqlite_gate **at = &gates;

	if (!gate)
		return;
	pthread_mutex_lock(&mutex);
	if (--gate->users == 0) {
		require(!gate->taken && !gate->first);
		while (*at != gate)
			at = &(*at)->next;
		*at = gate->next;
		for (unsigned i = 0; i < LOG_NEWS; i++)
			pthread_cond_destroy(&gate->bells[i].rung);
		free(gate);
	}
	pthread_mutex_unlock(&mutex);
}

static void remove_waiter(struct sqlite_gate *gate, struct waiter *gone)
{
	struct waiter **at = &gate->first;

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	if (gate->last == &gone->next)
		gate->last = at;
}

static enum err wait_in_line(struct sqlite_gate *gate)
{
	struct waiter me = {.next = NULL};
	int64_t until_us = clock_wall_us() + SQLITE_GATE_WAIT_S * SECOND_US;
	struct timespec until = {until_us / SECOND_US, until_us % SECOND_US * 1000};
	enum err err = ERR_OK;

	pthread_cond_init(&me.turn, NULL);
	*gate->last = &me;
	gate->last = &me.next;
	while (!me.is_mine && err == ERR_OK)
		if (pthread_cond_timedwait(&me.turn, &mutex, &until) != 0 && !me.is_mine)
			err = ERR_BUSY;
	if (err != ERR_OK)
		remove_waiter(gate, &me);
	pthread_cond_destroy(&me.turn);
	return err;
}

enum err sqlite_gate_enter(struct sqlite_gate *gate)
{
	enum err err = ERR_OK;

	pthread_mutex_lock(&mutex);
	if (gate->taken)
		err = wait_in_line(gate);
	else
		gate->taken = true;
	pthread_mutex_unlock(&mutex);
	return err;
}

bool sqlite_gate_locked(const struct sqlite_gate *gate)
{
	return gate->locked;
}

void sqlite_gate_note(struct sqlite_gate *gate, bool locked)
{
	gate->locked = locked;
}

/* The turn goes straight to the next in line: nobody can slip in between. */
void sqlite_gate_leave(struct sqlite_gate *gate)
{
	struct waiter *next;

	pthread_mutex_lock(&mutex);
	require(gate->taken);
	next = gate->first;
	if (next) {
		gate->first = next->next;
		if (!gate->first)
			gate->last = &gate->first;
		next->is_mine = true;
		pthread_cond_signal(&next->turn);
	} else {
		gate->taken = false;
	}
	pthread_mutex_unlock(&mutex);
}

void sqlite_gate_ring(struct sqlite_gate *gate, enum log_news bell)
{
	pthread_mutex_lock(&mutex);
	gate->bells[bell].rings++;
	pthread_cond_broadcast(&gate->bells[bell].rung);
	pthread_mutex_unlock(&mutex);
}

void sqlite_gate_hear(struct sqlite_gate *gate, enum log_news bell, uint64_t *seen, int64_t until_us)
{
	const struct timespec until = {until_us / SECOND_US, (long)(until_us % SECOND_US) * 1000};

	pthread_mutex_lock(&mutex);
	while (gate->bells[bell].rings == *seen && pthread_cond_timedwait(&gate->bells[bell].rung, &mutex, &until) == 0)
		;
	*seen = gate->bells[bell].rings;
	pthread_mutex_unlock(&mutex);
}
