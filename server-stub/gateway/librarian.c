/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the store with a handle of its own. Never holds a transaction while it reads or waits. */
#include "server-stub/gateway/librarian.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "agent/base/say.h"
#include "server-stub/search/digest.h"
#include "server-stub/store/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define GATHER_US SECOND_US /* batches that come together are put into digests together */
#define BATCHES_AT_ONCE 1000

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
	/* The run whose digest is being made, which begins behind the last one that is stored. */
	struct digest *digest;
	uint64_t read; /* position of the last batch that is in it */
	bool is_begun, is_whole;
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

/* -- digests -- */

static bool add(void *arg, uint64_t position, const struct log_batch *b)
{
	struct librarian *l = arg;

	l->read = position;
	l->is_whole = digest_add(l->digest, position, b);
	return !l->is_whole;
}

/* Nothing is written while the log is being read: a snapshot that has become old cannot be written behind. */
static enum err keep(struct librarian *l)
{
	struct log_digest run;
	enum err err;

	digest_end(l->digest, &run);
	err = log_digest_put(l->store, &run);
	if (err == ERR_OK)
		digest_begin(l->digest, run.last);
	return err;
}

/* Where the store's digests end; what was read behind that by an earlier try is read again. */
static enum err begin(struct librarian *l)
{
	enum err err = log_digest_last(l->store, &l->read);

	if (err == ERR_OK)
		digest_begin(l->digest, l->read);
	l->is_begun = err == ERR_OK;
	return err;
}

/* True: there may be more to read. */
static bool make_digest(struct librarian *l)
{
	enum err err = l->is_begun ? ERR_OK : begin(l);

	l->is_whole = false;
	if (err == ERR_OK)
		err = log_list(l->store, NULL, false, l->read, BATCHES_AT_ONCE, add, l);
	if (err == ERR_OK && l->is_whole)
		err = keep(l);
	if (err == ERR_OK)
		return l->is_whole;
	say_limited(&l->limit, SAY_ERR, "searches are slower than they should be: digests can't be made: %s",
		    err_text(err));
	l->is_begun = false;
	return false;
}

/* False: it is over. */
static bool gather(struct librarian *l, int64_t for_us)
{
	int64_t until_us = clock_wall_us() + for_us;
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
	int64_t look_us = clock_wall_us() + LIBRARIAN_EVERY_S * SECOND_US;
	uint64_t heard = 0;
	bool more;

	do {
		more = make_digest(l);
		if (clock_wall_us() >= look_us) {
			look(l);
			look_us = clock_wall_us() + LIBRARIAN_EVERY_S * SECOND_US;
		}
		if (!more)
			log_wait(l->store, LOG_ENTRIES, &heard, look_us);
	} while (gather(l, more ? 0 : GATHER_US));
	return NULL;
}

static void librarian_free(struct librarian *l)
{
	store_close(l->store);
	free(l->digest);
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
	l->digest = malloc(digest_size());
	err = l->digest ? store_open(path, fleet, &l->store) : ERR_NO_MEMORY;
	/* After a power cut digests are made again. */
	if (err == ERR_OK)
		err = store_relax(l->store);
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
	log_wake(l->store, LOG_ENTRIES);
	pthread_join(l->thread, NULL);
	librarian_free(l);
}
