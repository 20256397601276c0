/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that writes what devices send: takes everything that waits, stores it in one transaction, and answers
 * the loops once it is durable (group commit). Also keeps the store within its bounds.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/gateway/job.h"
#include "server-stub/ingest/ingest.h"

#include <stdatomic.h>

struct writer;

/* Called on the writer's thread after a commit; each may be NULL. */
struct writer_news {
	void *context;
	void (*order)(void *context, const uint8_t id[STORE_ID]); /* a target changed, or a receipt came */
	void (*incident)(void *context, const uint8_t id[STORE_ID]);
	void (*batch)(void *context);
};

struct writer_setup {
	const char *path; /* of the SQLite file */
	struct store_retention retention;
	struct writer_news news;
};

struct writer_figures {
	uint64_t batches, records, duplicates, rejected, receipts, commits;
	enum err store_error; /* of the last transaction */
};

/* Opens its own handle of the store and starts the thread. Store errors. */
ERR_CHECK enum err writer_start(const struct writer_setup *setup, struct writer **out);

struct job_queue *writer_queue(struct writer *w);
void writer_figures(struct writer *w, struct writer_figures *out);

/* Store what is waiting, answer, end the thread; jobs that come later vanish. Then free. Both: NULL does nothing. */
void writer_stop(struct writer *w);
void writer_free(struct writer *w);
