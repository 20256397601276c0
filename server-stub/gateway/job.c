/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs between threads: a list under a lock. A caller that puts a job in waits for the lock only. */
#include "server-stub/gateway/job.h"

#include <stdlib.h>
#include <string.h>

struct job *job_new(enum job_kind kind, size_t len)
{
	struct job *job = malloc(sizeof(*job) + len);

	if (!job)
		return NULL;
	memset(job, 0, sizeof(*job));
	job->kind = kind;
	job->size = sizeof(*job) + len;
	return job;
}

void job_queue_init(struct job_queue *q)
{
	memset(q, 0, sizeof(*q));
	pthread_mutex_init(&q->mutex, NULL);
	pthread_cond_init(&q->filled, NULL);
	q->last = &q->first;
}

size_t job_queue_put(struct job_queue *q, struct job *job)
{
	size_t bytes;
	bool was_empty;

	job->next = NULL;
	pthread_mutex_lock(&q->mutex);
	if (q->closed) {
		pthread_mutex_unlock(&q->mutex);
		free(job);
		return 0;
	}
	was_empty = !q->first;
	*q->last = job;
	q->last = &job->next;
	q->bytes += job->size;
	bytes = q->bytes;
	pthread_mutex_unlock(&q->mutex);
	if (was_empty)
		pthread_cond_signal(&q->filled);
	return bytes;
}

size_t job_queue_bytes(struct job_queue *q)
{
	size_t bytes;

	pthread_mutex_lock(&q->mutex);
	bytes = q->bytes;
	pthread_mutex_unlock(&q->mutex);
	return bytes;
}

static bool wait_filled(struct job_queue *q, int64_t until_wall_us)
{
	struct timespec until = {until_wall_us / 1000000, until_wall_us % 1000000 * 1000};

	while (!q->first && !q->closed) {
		if (until_wall_us == 0)
			pthread_cond_wait(&q->filled, &q->mutex);
		else if (pthread_cond_timedwait(&q->filled, &q->mutex, &until) != 0)
			break;
	}
	return q->first != NULL;
}

struct job *job_queue_take(struct job_queue *q, size_t bytes_max, int64_t until_wall_us)
{
	struct job *taken = NULL;
	size_t bytes = 0;

	pthread_mutex_lock(&q->mutex);
	if (wait_filled(q, until_wall_us)) {
		struct job **end = &q->first;

		taken = q->first;
		do {
			bytes += (*end)->size;
			end = &(*end)->next;
		} while (*end && bytes < bytes_max);
		q->first = *end;
		*end = NULL;
		if (!q->first)
			q->last = &q->first;
		q->bytes -= bytes;
	}
	pthread_mutex_unlock(&q->mutex);
	return taken;
}

void job_queue_close(struct job_queue *q)
{
	pthread_mutex_lock(&q->mutex);
	q->closed = true;
	pthread_mutex_unlock(&q->mutex);
	pthread_cond_broadcast(&q->filled);
}

bool job_queue_closed(struct job_queue *q)
{
	bool closed;

	pthread_mutex_lock(&q->mutex);
	closed = q->closed;
	pthread_mutex_unlock(&q->mutex);
	return closed;
}
