/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker thread: reads jobs, writes results, shares nothing. Results are smaller than PIPE_BUF, so each write is
 * whole. It inherits the actor's confinement, so it must be started after it.
 */
#include "agent/actor/sys/worker.h"

#include "agent/common/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX 8 /* waiting; a pipe holds more */

_Static_assert(sizeof(struct worker_result) <= PIPE_BUF && sizeof(struct worker_job) <= PIPE_BUF, "writes are whole");

/* The thread's ends. */
static int jobs_in, results_out;

static uint8_t fsync_and_close(const struct worker_job *job)
{
	enum err err = fdatasync(job->fd) == 0 ? ERR_OK : err_from_errno(errno);

	if (job->close_fd)
		close(job->fd);
	return (uint8_t)err;
}

/* What is signed is on the disk: a power cut takes no number back that the service has heard of. */
static uint8_t sync_and_sign(const struct worker_job *job, struct worker_head *head)
{
	uint8_t statement[CHAIN_STATEMENT];
	size_t len = 0;
	enum err err = job->fd < 0 || fdatasync(job->fd) == 0 ? ERR_OK : err_from_errno(errno);

	*head = job->head;
	chain_statement(head->seq, head->hash, statement);
	if (err == ERR_OK)
		err = key_sign(&job->key, key_random_kernel, statement, sizeof(statement), head->signature, &len);
	head->signature_len = (uint16_t)len;
	return (uint8_t)err;
}

static void *work(void *unused)
{
	struct worker_job job;
	struct worker_result result;

	(void)unused;
	while (read(jobs_in, &job, sizeof(job)) == (ssize_t)sizeof(job)) {
		memset(&result, 0, sizeof(result));
		result.kind = job.kind;
		if (job.kind == WORKER_SYNC)
			result.err = fsync_and_close(&job);
		else if (IS_ENABLED(CONFIG_UPLINK) && job.kind == WORKER_SIGN)
			result.err = sync_and_sign(&job, &result.head);
		else if (IS_ENABLED(CONFIG_OBJECTS) && job.kind == WORKER_OBJECT)
			result.err = (uint8_t)object_file_put(&job.object);
		else if (IS_ENABLED(CONFIG_ACTION_RESET))
			result.err = (uint8_t)worker_prepare(&job.key, &result.secret);
		if (write(results_out, &result, sizeof(result)) != (ssize_t)sizeof(result))
			break;
		key_wipe(&result, sizeof(result));
		key_wipe(&job, sizeof(job));
	}
	return NULL;
}

enum err worker_start(struct worker *w)
{
	int jobs[2], results[2];

	*w = (struct worker){.jobs = -1, .results = -1};
	if (pipe2(jobs, O_CLOEXEC) != 0 || pipe2(results, O_CLOEXEC) != 0)
		return err_from_errno(errno);
	jobs_in = jobs[0];
	results_out = results[1];
	w->jobs = jobs[1];
	w->results = results[0];
	if (fcntl(w->results, F_SETFL, O_NONBLOCK) != 0)
		return err_from_errno(errno);
	return thread_start(work);
}

static unsigned *count_of(struct worker *w, uint8_t kind)
{
	if (kind == WORKER_SYNC)
		return &w->syncing;
	if (kind == WORKER_OBJECT)
		return &w->putting;
	return kind == WORKER_SIGN ? &w->signing : &w->preparing;
}

bool worker_submit(struct worker *w, const struct worker_job *job)
{
	if (w->syncing + w->preparing + w->signing + w->putting >= JOBS_MAX ||
	    write(w->jobs, job, sizeof(*job)) != (ssize_t)sizeof(*job))
		return false;
	++*count_of(w, job->kind);
	return true;
}

bool worker_take(struct worker *w, struct worker_result *out)
{
	if (read(w->results, out, sizeof(*out)) != (ssize_t)sizeof(*out))
		return false;
	--*count_of(w, out->kind);
	return true;
}
