/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that stores what devices send. It takes the jobs that wait, stores them in one transaction, and
 * answers the loops when the transaction is durable (group commit).
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/gateway/bulletin.h"
#include "server-stub/gateway/job.h"
#include "server-stub/ingest/ingest.h"

#include <stdatomic.h>

struct writer;

struct writer_setup {
	const char *path;      /* of the store */
	const uint8_t *fleet;  /* whose store it is */
	uint64_t object_quota; /* bytes of the objects that one device may have here */
	int64_t silent_us;     /* of struct vigil */
	struct bulletin_news news;
};

struct writer_figures {
	uint64_t batches, records, duplicates, rejected, receipts, commits;
	uint64_t objects_kept, objects_refused, objects_disorder, objects_bytes; /* of devices */
	enum err store_error; /* of the last transaction; ERR_CORRUPT stays */
};

/* Open a handle of the store and start the thread. Errors of the store, ERR_NO_MEMORY. */
ERR_CHECK enum err writer_start(const struct writer_setup *setup, struct writer **out);

/* The queue into which loops put jobs; the writer owns it. */
struct job_queue *writer_queue(struct writer *w);
void writer_figures(struct writer *w, struct writer_figures *out);

/*
 * writer_stop stores the jobs that wait, answers them and ends the thread; jobs put later are freed without an answer.
 * writer_free then frees the writer. Both do nothing for NULL.
 */
void writer_stop(struct writer *w);
void writer_free(struct writer *w);
