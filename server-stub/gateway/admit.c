/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One enrolment, on the clerk's thread. Who the device is, the fleet decides (fleet_enroll.h); what is stored of it
 * besides its row is decided here.
 */
#include "server-stub/gateway/admit.h"

#include "agent/base/now.h"
#include "server-stub/fleet/fleet_enroll.h"
#include "server-stub/gateway/clerk.h"
#include "server-stub/gateway/pedigree.h"
#include "server-stub/gateway/session/answer.h"
#include "server-stub/gateway/voucher.h"
#include "server-stub/ingest/notice.h"
#include "server-stub/store/log.h"
#include "server-stub/store/person.h"
#include "server-stub/store/views.h"

#include <stdio.h>
#include <string.h>

enum { ENROLL_ISSUED = 1, ENROLL_PENDING = 2, ENROLL_REFUSED = 3 };

struct admission {
	struct admit *desk;
	struct job_enroll *ask;
	int64_t wall_us;
	struct fleet_enroll_old old;
	bool has_factory; /* it came with a factory certificate and no token */
	struct fleet_enroll_factory factory;
	struct fleet_enroll_result result;
	bool has_key_before, is_key_new; /* a receipt key was bound; the device shows another one */
	uint8_t key_before[KEY_ID];
	uint8_t cert[KEY_CERT_MAX];
	size_t cert_len;
};

static const char *why_refused(const struct admission *a, enum err err)
{
	if (a->result.why)
		return a->result.why;
	switch (err) {
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
	memcpy(d->arch, ask->request.arch, sizeof(d->arch));
	memcpy(d->version, ask->request.version, sizeof(d->version));
	memcpy(d->address, ask->address, sizeof(d->address));
}

/* -- the receipt key -- */

static void identify(const uint8_t bytes[STORE_KEY], uint8_t id[KEY_ID])
{
	struct key_der key = {.len = STORE_KEY};

	memcpy(key.bytes, bytes, STORE_KEY);
	key_id(&key, id);
}

/*
 * The key of its certificate is in the hands of the device's core, the receipt key is root's: the one does not speak
 * for the other.
 */
static enum err check_key(struct admission *a)
{
	const struct enroll_request *r = &a->ask->request;
	struct views_chain chain;
	enum err err = views_chain_get(a->desk->store, a->result.device.id, &chain);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	a->has_key_before = true;
	identify(chain.key, a->key_before);
	a->is_key_new = r->has_receipt_key && memcmp(chain.key, r->receipt_key, STORE_KEY) != 0;
	if (!a->is_key_new || a->result.way != FLEET_ENROLL_KEY)
		return ERR_OK;
	a->result.why = "this device's receipt key is another one than it joined with; an operator lets it in: caltrop "
			"token create --for DEVICE";
	return ERR_DENIED;
}

/* Root on the device shows the key. The views bind the first one that the log tells of, or the one of a LOG_REKEY. */
static enum err bind_key(const struct admission *a)
{
	const struct enroll_request *r = &a->ask->request;
	struct log_batch entry = {.kind = a->result.way == FLEET_ENROLL_WORD ? LOG_REKEY : LOG_KEY,
				  .received_us = a->wall_us};

	if (!r->has_receipt_key)
		return ERR_OK;
	memcpy(entry.device, a->result.device.id, STORE_ID);
	entry.blob = (struct str){(const char *)r->receipt_key, STORE_KEY};
	return log_append(a->desk->store, &entry);
}

/* -- the audit log -- */

static void put_key_story(struct buf *b, const struct admission *a)
{
	uint8_t id[KEY_ID];

	if (!a->ask->request.has_receipt_key)
		return;
	identify(a->ask->request.receipt_key, id);
	if (a->is_key_new) {
		buf_text(b, "; receipt key ");
		buf_hex(b, a->key_before, KEY_ID);
		buf_text(b, " replaced by ");
	} else {
		buf_text(b, a->has_key_before ? "; receipt key stays " : "; receipt key ");
	}
	buf_hex(b, id, KEY_ID);
}

static const char *how_it_came(const struct fleet_enroll_result *x)
{
	if (x->way == FLEET_ENROLL_NEW)
		return x->device.state == DEVICE_APPROVED ? "as a new one" : "as a new one, which waits for approval";
	if (x->way == FLEET_ENROLL_KEY)
		return "again, by its old key";
	if (x->was_expected)
		return "as it was expected";
	return x->was_revoked ? "again, by an operator's word, and is revoked no more" : "again, by an operator's word";
}

static void put_proof(struct buf *b, const struct admission *a)
{
	if (a->has_factory) {
		buf_printf(b, "; factory %.20s, serial %.40s", a->factory.factory.name, a->factory.serial);
		return;
	}
	buf_text(b, "; token ");
	buf_hex(b, a->result.token.id, REGISTRY_TOKEN_ID);
}

static enum err audit(const struct admission *a)
{
	const struct fleet_enroll_result *x = &a->result;
	struct person_audit row = {.wall_us = a->wall_us, .action = "device.enroll", .status = 200};
	struct buf b = buf_over(row.detail, sizeof(row.detail) - 1);
	static const uint8_t none[STORE_ID];

	/* Who joins with a token alone is told of by the token's row. */
	if ((x->way == FLEET_ENROLL_NEW && !a->has_factory) || !x->is_first)
		return ERR_OK;
	buf_hex(&b, x->device.id, STORE_ID);
	buf_printf(&b, " %.40s %s", x->device.name, how_it_came(x));
	put_proof(&b, a);
	put_key_story(&b, a);
	if (memcmp(x->ghost, none, STORE_ID) != 0) {
		buf_text(&b, "; revoked what waited as ");
		buf_hex(&b, x->ghost, STORE_ID);
	}
	snprintf(row.user, sizeof(row.user), "%s", x->way == FLEET_ENROLL_WORD ? x->token.created_by : "");
	snprintf(row.address, sizeof(row.address), "%s", a->ask->address);
	return person_audit_put(a->desk->store, &row);
}

/* Strangers cannot fill the audit log: only those come so far whose certificate a manufacturer has signed. */
static void audit_refusal(const struct admission *a, enum err err)
{
	struct admit *desk = a->desk;
	struct person_audit row = {.wall_us = a->wall_us, .action = "device.enroll", .status = 403};
	struct buf b = buf_over(row.detail, sizeof(row.detail) - 1);

	if (!a->factory.factory.name[0])
		return;
	if (!budget_spend(&desk->refusals, a->wall_us)) {
		desk->unwritten++;
		return;
	}
	buf_printf(&b, "refused: factory %.20s, serial %.40s: %.130s", a->factory.factory.name, a->factory.serial,
		   why_refused(a, err));
	if (desk->unwritten > 0)
		buf_printf(&b, "; %u more before", desk->unwritten);
	snprintf(row.address, sizeof(row.address), "%s", a->ask->address);
	if (store_begin(desk->store) != ERR_OK)
		return;
	if (person_audit_put(desk->store, &row) != ERR_OK)
		store_rollback(desk->store);
	else if (store_commit(desk->store) == ERR_OK)
		desk->unwritten = 0;
}

/* -- one enrolment -- */

static enum err write_row(struct admission *a)
{
	const struct enroll_request *r = &a->ask->request;
	struct registry_device *d = &a->result.device;
	enum err err = ERR_OK;

	err = registry_device_call(a->desk->store, d, r->hostname);
	if (err != ERR_OK)
		return err;
	describe(a->ask, d);
	if (d->state == DEVICE_APPROVED)
		err = fleet_issue(a->desk->fleet, d, r->csr, r->csr_len, a->wall_us / 1000000, a->cert, &a->cert_len);
	if (err == ERR_OK && a->result.way == FLEET_ENROLL_WORD)
		fleet_enroll_supersede(d);
	return err == ERR_OK ? registry_device_put(a->desk->store, d) : err;
}

static enum err write_all(struct admission *a)
{
	const struct enroll_request *r = &a->ask->request;
	const struct fleet_enroll_request request = {
		.token = r->token,
		.csr = r->csr,
		.csr_len = r->csr_len,
		.old = r->old_cert_len ? &a->old : NULL,
		.wall_us = a->wall_us,
		.factory = a->has_factory ? &a->factory : NULL,
	};
	enum err err = fleet_enroll(a->desk->fleet, a->desk->store, &request, &a->result);

	if (err == ERR_OK)
		err = check_key(a);
	if (err == ERR_OK)
		err = bind_key(a);
	if (err == ERR_OK)
		err = write_row(a);
	return err == ERR_OK ? audit(a) : err;
}

/* Somebody has a copy of the device as it was. Without its token nobody comes so far. */
static void tell_superseded(const struct admission *a)
{
	struct notice n = {.rule = NOTICE_SUPERSEDED, .wall_us = a->wall_us, .since_us = a->wall_us};
	struct buf text = buf_over(n.text, sizeof(n.text) - 1);

	n.episode = n.wall_us / (24 * HOUR_US);
	memcpy(n.device, a->old.device, STORE_ID);
	buf_printf(&text, "%s wants to enrol with the certificate with the serial number ", a->ask->address);
	buf_hex(&text, a->old.serial, sizeof(a->old.serial));
	if (notice_post(a->desk->store, &n) != ERR_OK)
		say_limited(a->desk->limit, SAY_ERR, "an old copy of a device was seen, and can't be stored: %s",
			    n.text);
}

static enum err decide(struct admission *a)
{
	const struct enroll_request *r = &a->ask->request;
	enum err err = r->old_cert_len ? voucher_check(a->desk->fleet, r, &a->old, &a->result.why) : ERR_OK;

	a->has_factory = !r->token[0];
	if (err == ERR_OK && a->has_factory)
		err = pedigree_check(a->desk->store, &a->ask->pedigree, &a->factory, &a->result.why);
	if (err == ERR_OK)
		err = store_begin(a->desk->store);
	if (err != ERR_OK)
		return err;
	err = write_all(a);
	if (err == ERR_OK)
		return store_commit(a->desk->store);
	store_rollback(a->desk->store);
	if (err == ERR_REPLAYED && a->result.is_superseded)
		tell_superseded(a);
	return err;
}

static void say_admitted(const struct admission *a, enum err err)
{
	static const char *const how[] = {
		[FLEET_ENROLL_NEW] = "joined",
		[FLEET_ENROLL_KEY] = "is enrolled again, by its old key",
		[FLEET_ENROLL_WORD] = "is enrolled again, by an operator's word",
	};
	const struct registry_device *d = &a->result.device;

	if (err != ERR_OK)
		say_limited(a->desk->limit, SAY_WARNING, "%s (%s%s%s) may not join: %s", a->ask->address,
			    a->ask->request.hostname, a->factory.serial[0] ? ", serial number " : "", a->factory.serial,
			    why_refused(a, err));
	else
		say_limited(a->desk->limit, SAY_NOTICE, "%s (%s) %s", a->ask->address, d->name,
			    d->state != DEVICE_APPROVED ? "waits for approval"
			    : a->result.was_expected	? "joined, as it was expected"
							: how[a->result.way]);
}

static void reply(const struct admission *a, struct answer_enrolled *answer, struct str trust)
{
	const struct fleet *fleet = a->desk->fleet;

	if (a->cert_len == 0) {
		answer->status = ENROLL_PENDING;
		answer->retry_s = CLERK_APPROVAL_RETRY_S;
		return;
	}
	answer->status = ENROLL_ISSUED;
	answer->issued.certificate = (struct str){(const char *)a->cert, a->cert_len};
	answer->issued.ca = (struct str){(const char *)fleet->ca_cert, fleet->ca_cert_len};
	answer->issued.trust = trust;
}

void admit(struct admit *desk, struct job *job)
{
	struct job_enroll *ask = (struct job_enroll *)job->bytes;
	struct admission a = {.desk = desk, .ask = ask, .wall_us = job->wall_us};
	struct answer_enrolled answer = {.status = ENROLL_REFUSED};
	char memory[12288];
	struct buf frame = buf_over(ask->frame, sizeof(ask->frame)), trust = buf_over(memory, sizeof(memory));

	job->err = decide(&a);
	say_admitted(&a, job->err);
	if (job->err != ERR_OK)
		audit_refusal(&a, job->err);
	if (job->err == ERR_OK && a.cert_len > 0)
		job->err = fleet_trust(desk->fleet, &a.result.device, &trust);
	if (job->err != ERR_OK)
		answer.issued.error = why_refused(&a, job->err);
	else
		reply(&a, &answer, buf_str(&trust));
	answer_enrolled(&frame, &answer);
	ask->frame_len = frame.overflow ? 0 : frame.len;
	ask->is_replaced = job->err == ERR_OK && a.result.way == FLEET_ENROLL_WORD;
	memcpy(ask->device, a.result.device.id, STORE_ID);
}
