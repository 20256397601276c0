/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of log.h: they check the caller's bounds and call the functions of the store that was opened. */
#include "server-stub/store/log.h"

#include "agent/base/require.h"
#include "server-stub/store/kind.h"

enum err log_committed(struct store *s, const uint8_t device[STORE_ID], const uint8_t spool[STORE_ID], uint64_t *seq)
{
	return s->kind->log->committed(s, device, spool, seq);
}

enum err log_append(struct store *s, const struct log_batch *b)
{
	require(b->first_seq <= b->last_seq && b->last_seq <= INT64_MAX && b->kind <= LOG_REKEY);
	return s->kind->log->append(s, b);
}

enum err log_list(struct store *s, const uint8_t *device, bool newest, uint64_t after, unsigned max,
		  bool (*each)(void *arg, uint64_t rowid, const struct log_batch *b), void *arg)
{
	const struct log_query q = {device, newest, after, store_page(max), each, arg};

	return s->kind->log->list(s, &q);
}

enum err log_follow(struct store *s, uint64_t after, unsigned max,
		    bool (*each)(void *arg, uint64_t position, const struct log_batch *b), void *arg)
{
	const struct log_query q = {NULL, false, after, max, each, arg};

	return s->kind->log->follow(s, &q);
}

void log_wait(struct store *s, enum log_news news, uint64_t *seen, int64_t until_us)
{
	s->kind->log->wait(s, news, seen, until_us);
}

void log_wake(struct store *s, enum log_news news)
{
	s->kind->log->wake(s, news);
}

enum err log_reach(struct store *s, const struct store_retention *r, int64_t wall_us, struct log_reach *out)
{
	*out = (struct log_reach){0, 0};
	return s->kind->log->reach(s, r, wall_us, out);
}

enum err log_digest_put(struct store *s, const struct log_digest *d)
{
	require(d->first > 0 && d->first <= d->last && d->last <= INT64_MAX);
	return s->kind->log->digest_put ? s->kind->log->digest_put(s, d) : ERR_OK;
}

enum err log_digest_last(struct store *s, uint64_t *position)
{
	*position = 0;
	return s->kind->log->digest_last ? s->kind->log->digest_last(s, position) : ERR_OK;
}

enum err log_digest_list(struct store *s, const struct log_digest_query *q)
{
	return s->kind->log->digest_list ? s->kind->log->digest_list(s, q) : ERR_OK;
}

enum err log_replace(struct store *s, uint64_t position, const struct log_batch *b)
{
	return s->kind->log->replace ? s->kind->log->replace(s, position, b) : ERR_OK;
}

enum err log_thinned(struct store *s, uint64_t *position)
{
	*position = 0;
	return s->kind->log->thinned ? s->kind->log->thinned(s, position) : ERR_OK;
}

enum err log_thinned_put(struct store *s, uint64_t position)
{
	return s->kind->log->thinned_put ? s->kind->log->thinned_put(s, position) : ERR_OK;
}

enum err log_cut(struct store *s, uint64_t position)
{
	return s->kind->log->cut(s, position);
}
