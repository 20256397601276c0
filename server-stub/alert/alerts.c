/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message at a time for each output, COURIER_AT_ONCE for all. An output that does not answer keeps the others
 * waiting only when as many of them are as slow.
 */
#include "server-stub/alert/alerts.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "agent/base/say.h"
#include "server-stub/alert/dispatch.h"
#include "server-stub/outside/aide.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WAIT_MAX_US (600 * SECOND_US) /* what is due is due by the wall clock, which may be set */
#define CARE_EVERY_US (3600 * SECOND_US)
#define LOOK_EVERY_US (SECOND_US / 5) /* each look is a transaction that the writer waits for */
#define END_WITHIN_US (5 * SECOND_US)

struct alerts {
	pthread_t thread;
	struct aide *courier;
	struct dispatch dispatch;
	struct dispatch_flight flights[COURIER_AT_ONCE];
	struct say_limit limit;
	uint32_t number;
	int64_t care_us, next_us; /* monotonic; when to look again */
	int64_t looked_us;
	int wake;
	bool is_lost; /* the courier */
	atomic_bool ends;
};

static void fail(struct alerts *a, const char *what, enum err err)
{
	if (err == ERR_OK)
		return;
	say_limited(&a->limit, SAY_ERR, "outputs: %s: %s", what, err_text(err));
	a->next_us = clock_mono_us() + SECOND_US;
}

/* -- messages under way -- */

static void end(struct alerts *a, struct dispatch_flight *flight, const char *wrong)
{
	if (wrong[0])
		say_limited(&a->limit, SAY_WARNING, "output %s: %s", flight->name, wrong);
	/* If that cannot be written down, it is sent again. */
	fail(a, "what became of a message can't be stored", dispatch_end(&a->dispatch, flight, wrong, clock_wall_us()));
	flight->used = false;
}

static void hear(struct alerts *a)
{
	struct courier_answer answer;
	enum err err;

	while ((err = courier_hear(a->courier, &answer)) == ERR_OK)
		for (unsigned i = 0; i < COURIER_AT_ONCE; i++)
			if (a->flights[i].used && a->flights[i].number == answer.number)
				end(a, &a->flights[i], answer.good ? "" : answer.text);
	a->is_lost = a->is_lost || err == ERR_CLOSED;
}

/* The time at which the next one is given up; INT64_MAX: none is under way. */
static int64_t give_up(struct alerts *a)
{
	int64_t now_us = clock_mono_us(), next_us = INT64_MAX;

	for (unsigned i = 0; i < COURIER_AT_ONCE; i++) {
		struct dispatch_flight *flight = &a->flights[i];
		int64_t until_us = flight->since_us + COURIER_ANSWER_S * SECOND_US;

		if (flight->used && until_us <= now_us)
			end(a, flight, "the process that sends gave no answer");
		else if (flight->used && until_us < next_us)
			next_us = until_us;
	}
	return next_us;
}

/* The one for this output; NULL: it has one under way, or there is no free one. */
static struct dispatch_flight *flight_for(struct alerts *a, const char *name)
{
	struct dispatch_flight *free_one = NULL;

	for (unsigned i = 0; i < COURIER_AT_ONCE; i++) {
		if (!a->flights[i].used)
			free_one = &a->flights[i];
		else if (strcmp(a->flights[i].name, name) == 0)
			return NULL;
	}
	return free_one;
}

static void send_due(struct alerts *a, unsigned output)
{
	struct dispatch_flight *flight = flight_for(a, a->dispatch.outputs[output].name);
	int64_t wall_us = clock_wall_us(), now_us = clock_mono_us(), next_us;
	enum err err;

	if (!flight)
		return;
	err = dispatch_write(&a->dispatch, output, wall_us, flight);
	next_us = a->dispatch.next_us;
	fail(a, "what is due can't be read", err);
	if (next_us > 0 && now_us + next_us - wall_us < a->next_us)
		a->next_us = now_us + next_us - wall_us;
	if (!flight->used)
		return;
	flight->number = a->dispatch.job.number = ++a->number;
	flight->since_us = now_us;
	err = courier_send(a->courier, &a->dispatch.job);
	if (err != ERR_OK)
		end(a, flight, "the process that sends takes nothing");
	a->is_lost = a->is_lost || err == ERR_CLOSED;
}

/* -- the thread -- */

static void care(struct alerts *a)
{
	if (clock_mono_us() < a->care_us)
		return;
	a->care_us = clock_mono_us() + CARE_EVERY_US;
	fail(a, "old ones can't be removed", store_output_retain(a->dispatch.store));
}

static void turn(struct alerts *a)
{
	int64_t now_us = clock_mono_us();
	bool is_early = now_us < a->looked_us + LOOK_EVERY_US, more = !is_early;

	a->next_us = is_early ? a->looked_us + LOOK_EVERY_US : now_us + WAIT_MAX_US;
	hear(a);
	while (more && !a->ends)
		fail(a, "what changed can't be read", dispatch_look(&a->dispatch, clock_wall_us(), &more));
	if (!is_early)
		a->looked_us = now_us;
	for (unsigned i = 0; i < a->dispatch.output_count && !a->ends && !a->is_lost; i++)
		send_due(a, i);
	if (!a->ends)
		care(a);
}

static void wait_for_work(struct alerts *a, int64_t until_us)
{
	struct pollfd fds[] = {{a->wake, POLLIN, 0}, {a->is_lost ? -1 : aide_fd(a->courier), POLLIN, 0}};
	int64_t wait_us = until_us - clock_mono_us();
	uint64_t count;

	(void)poll(fds, 2, wait_us > 0 ? (int)(wait_us / 1000 + 1) : 0);
	if (fds[0].revents)
		(void)!read(a->wake, &count, sizeof(count));
}

static void *run(void *arg)
{
	struct alerts *a = arg;
	int64_t end_us = INT64_MAX;

	for (;;) {
		int64_t given_up_us;

		turn(a);
		given_up_us = give_up(a);
		if (a->ends && end_us == INT64_MAX)
			end_us = clock_mono_us() + END_WITHIN_US;
		if (a->ends && (given_up_us == INT64_MAX || a->is_lost || clock_mono_us() >= end_us))
			return NULL;
		if (given_up_us < a->next_us)
			a->next_us = given_up_us;
		wait_for_work(a, a->next_us < end_us ? a->next_us : end_us);
	}
}

static void discard(struct alerts *a)
{
	store_close(a->dispatch.store);
	if (a->wake >= 0)
		close(a->wake);
	free(a);
}

enum err alerts_start(const struct alerts_setup *setup, struct alerts **out)
{
	struct alerts *a = calloc(1, sizeof(*a));
	enum err err;

	*out = NULL;
	if (!a)
		return ERR_NO_MEMORY;
	a->courier = setup->courier;
	a->limit.per_minute = 6;
	a->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = a->wake < 0 ? ERR_NO_MEMORY : store_open(setup->path, setup->fleet, &a->dispatch.store);
	if (err == ERR_OK && pthread_create(&a->thread, NULL, run, a) != 0)
		err = ERR_NO_MEMORY;
	if (err != ERR_OK) {
		discard(a);
		return err;
	}
	*out = a;
	return ERR_OK;
}

void alerts_wake(struct alerts *a)
{
	const uint64_t one = 1;

	/* When it is full, the thread is awake anyway. */
	if (a)
		(void)!write(a->wake, &one, sizeof(one));
}

void alerts_stop(struct alerts *a)
{
	if (!a)
		return;
	a->ends = true;
	alerts_wake(a);
	pthread_join(a->thread, NULL);
	discard(a);
}
