/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the store part by part with a handle of its own. Never holds a transaction while it waits. */
#include "server-stub/gateway/librarian.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "agent/base/say.h"
#include "server-stub/store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct librarian {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool ends;
	struct store *store;
	struct store_place place;
	enum err found; /* on this pass */
	struct say_limit limit;
	_Atomic int damage;
};

/* A lock or want of memory is no damage: the same part is looked at again. */
static bool is_damage(enum err err)
{
	return err == ERR_CORRUPT || err == ERR_IO;
}

static void look(struct librarian *l)
{
	uint64_t passes = l->place.passes;
	enum err err = store_examine(l->store, &l->place);

	if (is_damage(err)) {
		say_limited(&l->limit, SAY_ERR,
			    "the store is damaged in its table %s: %s; put one back with `caltrop-server restore`",
			    l->place.table, err_text(err));
		l->found = err;
		l->damage = err;
	}
	if (l->place.passes == passes)
		return;
	l->damage = l->found;
	l->found = ERR_OK;
}

/* False: it is over. */
static bool wait(struct librarian *l, int64_t until_us)
{
	const struct timespec until = {until_us / SECOND_US, (long)(until_us % SECOND_US) * 1000};
	bool ends;

	pthread_mutex_lock(&l->mutex);
	while (!l->ends && pthread_cond_timedwait(&l->wake, &l->mutex, &until) == 0)
		;
	ends = l->ends;
	pthread_mutex_unlock(&l->mutex);
	return !ends;
}

static void *run(void *arg)
{
	struct librarian *l = arg;

	while (wait(l, clock_wall_us() + LIBRARIAN_EVERY_S * SECOND_US))
		look(l);
	return NULL;
}

static void librarian_free(struct librarian *l)
{
	store_close(l->store);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->mutex);
	free(l);
}

enum err librarian_start(const char *path, const uint8_t *fleet, struct librarian **out)
{
	struct librarian *l = calloc(1, sizeof(*l));
	enum err err;

	*out = NULL;
	if (!l)
		return ERR_NO_MEMORY;
	pthread_mutex_init(&l->mutex, NULL);
	pthread_cond_init(&l->wake, NULL);
	l->limit.per_minute = 1;
	err = store_open(path, fleet, &l->store);
	if (err == ERR_OK && pthread_create(&l->thread, NULL, run, l) != 0)
		err = ERR_NO_MEMORY;
	if (err != ERR_OK)
		librarian_free(l);
	else
		*out = l;
	return err;
}

enum err librarian_damage(const struct librarian *l)
{
	return (enum err)l->damage;
}

void librarian_stop(struct librarian *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->mutex);
	l->ends = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->mutex);
	pthread_join(l->thread, NULL);
	librarian_free(l);
}
