/* SPDX-License-Identifier: Apache-2.0 */
/* Answers devices that enrol and devices whose certificates expire soon. Prints who joined. */
#include "server-stub/gateway/clerk.h"

#include "server-stub/gateway/loop.h"
#include "server-stub/gateway/say.h"
#include "server-stub/gateway/session/answer.h"
#include "server-stub/store/log.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ENROLL_ISSUED = 1, ENROLL_PENDING = 2, ENROLL_REFUSED = 3 };

struct clerk {
	pthread_t thread;
	struct job_queue queue;
	const struct fleet *fleet;
	struct store *store;
	struct say_limit limit;
	_Atomic unsigned waiting;
};

static const char *why_refused(enum err err)
{
	switch (err) {
	case ERR_NOT_FOUND: return "the join token is not known here";
	case ERR_EXPIRED: return "the join token has expired";
	case ERR_FULL: return "the join token was used up";
	case ERR_REVOKED: return "the join token or the device was revoked";
	case ERR_BUDGET: return "the device got certificates too often; try again in twenty minutes";
	case ERR_INVALID:
	case ERR_SIGNATURE: return "the certificate request is damaged";
	case ERR_UNSUPPORTED: return "the certificate request is not for a P-256 key with ECDSA and SHA-256";
	default: return "the service can't store it now; try again";
	}
}

/* What a device says of itself when it joins is kept once; its address is from its connection. */
static void describe(const struct job_enroll *ask, struct registry_device *d)
{
	if (d->name[0] == '\0')
		memcpy(d->name, ask->request.hostname, sizeof(d->name));
	memcpy(d->arch, ask->request.arch, sizeof(d->arch));
	memcpy(d->version, ask->request.version, sizeof(d->version));
	memcpy(d->address, ask->address, sizeof(d->address));
}

struct issued {
	uint8_t cert[KEY_CERT_MAX];
	size_t cert_len;
	struct registry_device device;
};

/* Root on the device shows the key. The views bind the first one that the log tells of, and no other. */
static enum err bind_key(struct clerk *c, const struct enroll_request *r, const struct registry_device *d,
			 int64_t wall_us)
{
	struct log_batch entry = {.kind = LOG_KEY, .received_us = wall_us};

	if (!r->has_receipt_key)
		return ERR_OK;
	memcpy(entry.device, d->id, STORE_ID);
	entry.blob = (struct str){(const char *)r->receipt_key, STORE_KEY};
	return log_append(c->store, &entry);
}

static enum err admit(struct clerk *c, const struct job_enroll *ask, int64_t wall_us, struct issued *out)
{
	const struct enroll_request *r = &ask->request;
	enum err err = store_begin(c->store);

	out->cert_len = 0;
	if (err != ERR_OK)
		return err;
	err = fleet_enroll(c->fleet, c->store, r->token, r->csr, r->csr_len, wall_us, &out->device);
	if (err == ERR_OK)
		describe(ask, &out->device);
	if (err == ERR_OK)
		err = bind_key(c, r, &out->device, wall_us);
	if (err == ERR_OK && out->device.state == DEVICE_APPROVED)
		err = fleet_issue(c->fleet, &out->device, r->csr, r->csr_len, wall_us / 1000000, out->cert,
				  &out->cert_len);
	if (err == ERR_OK)
		err = registry_device_put(c->store, &out->device);
	if (err == ERR_OK)
		return store_commit(c->store);
	store_rollback(c->store);
	return err;
}

static void say_admitted(struct clerk *c, const struct job_enroll *ask, enum err err, const struct registry_device *d)
{
	if (err != ERR_OK)
		say_limited(&c->limit, "%s (%s) may not join: %s", ask->address, ask->request.hostname,
			    why_refused(err));
	else
		say_limited(&c->limit, "%s (%s) %s", ask->address, d->name,
			    d->state == DEVICE_APPROVED ? "joined" : "waits for approval");
}

static void enroll(struct clerk *c, struct job *job)
{
	struct job_enroll *ask = (struct job_enroll *)job->bytes;
	struct buf frame = buf_over(ask->frame, sizeof(ask->frame));
	struct answer_enrolled answer = {.status = ENROLL_REFUSED};
	struct issued issued;
	char memory[12288];
	struct buf trust = buf_over(memory, sizeof(memory));

	job->err = admit(c, ask, job->wall_us, &issued);
	say_admitted(c, ask, job->err, &issued.device);
	if (job->err == ERR_OK && issued.cert_len > 0)
		job->err = fleet_trust(c->fleet, &issued.device, &trust);
	if (job->err != ERR_OK) {
		answer.issued.error = why_refused(job->err);
	} else if (issued.cert_len == 0) {
		answer.status = ENROLL_PENDING;
		answer.retry_s = CLERK_APPROVAL_RETRY_S;
	} else {
		answer.status = ENROLL_ISSUED;
		answer.issued.certificate = (struct str){(const char *)issued.cert, issued.cert_len};
		answer.issued.ca = (struct str){(const char *)c->fleet->ca_cert, c->fleet->ca_cert_len};
		answer.issued.trust = buf_str(&trust);
	}
	answer_enrolled(&frame, &answer);
	ask->frame_len = frame.overflow ? 0 : frame.len;
}

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
		say_limited(&c->limit, "a certificate was not renewed: %s", clerk_why_not_renewed(job->err));
}

static void *run(void *arg)
{
	struct clerk *c = arg;

	for (;;) {
		/* One at a time, so that the first is answered before the last is looked at. */
		struct job *job = job_queue_take(&c->queue, 1, 0);

		if (!job)
			break;
		if (job->kind == JOB_ENROLL)
			enroll(c, job);
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
