/* SPDX-License-Identifier: Apache-2.0 */
/* Takes jobs one by one, passes on those of devices that enrol (admit.c), and renews certificates that expire soon. */
#include "server-stub/gateway/clerk.h"

#include "agent/base/say.h"
#include "server-stub/gateway/admit.h"
#include "server-stub/gateway/loop.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct clerk {
	pthread_t thread;
	struct job_queue queue;
	const struct fleet *fleet;
	struct store *store;
	struct say_limit limit;
	_Atomic unsigned waiting;
};

const char *clerk_why_not_renewed(enum err err)
{
	switch (err) {
	case ERR_NOT_FOUND: return "the device is not known here";
	case ERR_REPLAYED: return "the certificate was replaced by a newer one";
	case ERR_BUDGET: return "it was renewed too often lately";
	default: return err_text(err);
	}
}

static enum err renew_row(struct clerk *c, struct job_renew *ask, int64_t wall_us, struct registry_device *d)
{
	enum err err = registry_device_get(c->store, ask->device, d);

	if (err == ERR_OK && d->state != DEVICE_APPROVED)
		err = ERR_REVOKED;
	/* The writer may not have come to it yet: a certificate that is in use stays good until the one
	 * after it has been used. */
	if (err == ERR_OK && memcmp(ask->serial, d->next_serial, sizeof(ask->serial)) == 0)
		memcpy(d->cert_serial, d->next_serial, sizeof(d->cert_serial));
	else if (err == ERR_OK && memcmp(ask->serial, d->cert_serial, sizeof(ask->serial)) != 0)
		err = ERR_REPLAYED;
	if (err == ERR_OK)
		err = fleet_issue(c->fleet, d, ask->csr, ask->csr_len, wall_us / 1000000, ask->cert, &ask->cert_len);
	return err == ERR_OK ? registry_device_put(c->store, d) : err;
}

static void renew(struct clerk *c, struct job *job)
{
	struct job_renew *ask = (struct job_renew *)job->bytes;
	struct buf trust = buf_over(ask->trust, sizeof(ask->trust));
	struct registry_device d;

	job->err = store_begin(c->store);
	if (job->err != ERR_OK)
		return;
	job->err = renew_row(c, ask, job->wall_us, &d);
	if (job->err == ERR_OK)
		job->err = store_commit(c->store);
	else
		store_rollback(c->store);
	if (job->err == ERR_OK)
		job->err = fleet_trust(c->fleet, &d, &trust);
	ask->trust_len = trust.len;
	if (job->err != ERR_OK)
		say_limited(&c->limit, SAY_ERR, "a certificate was not renewed: %s", clerk_why_not_renewed(job->err));
}

static void *run(void *arg)
{
	struct clerk *c = arg;
	struct admit desk = {.fleet = c->fleet, .store = c->store, .limit = &c->limit};

	budget_init(&desk.refusals, CLERK_REFUSALS_MAX, CLERK_REFUSALS_US, 0);
	for (;;) {
		/* One at a time, so that the first is answered before the last is looked at. */
		struct job *job = job_queue_take(&c->queue, 1, 0);

		if (!job)
			break;
		if (job->kind == JOB_ENROLL)
			admit(&desk, job);
		else
			renew(c, job);
		c->waiting--;
		loop_answer(job->loop, job);
	}
	return NULL;
}

enum err clerk_start(const struct fleet *fleet, const char *path, struct clerk **out)
{
	struct clerk *c = calloc(1, sizeof(*c));
	enum err err;

	*out = NULL;
	if (!c)
		return ERR_NO_MEMORY;
	c->fleet = fleet;
	c->limit.per_minute = 60;
	job_queue_init(&c->queue);
	err = store_open(path, fleet->id, &c->store);
	if (err == ERR_OK && pthread_create(&c->thread, NULL, run, c) != 0)
		err = ERR_NO_MEMORY;
	if (err != ERR_OK) {
		store_close(c->store);
		free(c);
		return err;
	}
	*out = c;
	return ERR_OK;
}

bool clerk_ask(struct clerk *c, struct job *job)
{
	if (c->waiting >= CLERK_WAITING_MAX)
		return false;
	c->waiting++;
	(void)job_queue_put(&c->queue, job);
	return true;
}

void clerk_stop(struct clerk *c)
{
	if (!c)
		return;
	job_queue_close(&c->queue);
	pthread_join(c->thread, NULL);
	store_close(c->store);
	c->store = NULL;
}

void clerk_free(struct clerk *c)
{
	free(c);
}
