/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's chain of receipts. It reads receipts and changes nothing of them but their place. */
#include "agent/actor/verb/proof.h"

#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"
#include "agent/common/receipt.h"
#include "agent/common/receipt_key.h"

#include <stdio.h>
#include <string.h>

/* The last one of a row of errors is said once. */
static void note(struct proof *p, enum err err, const char *what)
{
	if (err != ERR_OK && err != p->state)
		fprintf(stderr, "caltropd: %s: %s; the service can't prove the receipts\n", what, err_text(err));
	p->state = err;
}

void proof_renew(struct actor *a)
{
	struct proof *p = &a->proof;

	/* Without a bundle nobody asks for signatures, and the key's mathematics stay out of memory. */
	if (a->mandate.trust_state == ERR_OK && p->key.len == 0)
		note(p, receipt_key_open(a->state_dir, &p->key, &p->public_key), "the receipt key, " RECEIPT_KEY_FILE);
}

void proof_open(struct actor *a)
{
	struct proof *p = &a->proof;
	enum err err;

	proof_renew(a);
	err = chain_file_open(&p->chain, a->state_dir, a->boot, clock_wall_us() / SECOND_US);
	note(p, err, "the chain of receipts");
	if (p->chain.begun_anew)
		fprintf(stderr, "caltropd: the chain of receipts was damaged; it begins anew\n");
	/* What was signed before this start may not have reached anybody: it is signed again. */
	if (p->chain.seq > 0)
		p->due_us = 1;
}

void proof_add(struct actor *a, struct actor_receipt *receipt)
{
	struct proof *p = &a->proof;
	uint8_t memory[RECEIPT_BYTES_MAX];
	struct buf bytes = buf_over(memory, sizeof(memory));
	int64_t due_us = clock_mono_us() + PROOF_SOON_US;

	receipt_put(&bytes, receipt);
	chain_file_place(&p->chain, &receipt->place);
	note(p, chain_file_take(&p->chain, &receipt->place, buf_str(&bytes)), "the chain of receipts");
	if (receipt->outcome == 0 && due_us < p->signed_us + PROOF_APART_US)
		due_us = p->signed_us + PROOF_APART_US;
	if (p->due_us == 0 || due_us < p->due_us)
		p->due_us = due_us;
}

int64_t proof_next_us(const struct actor *a)
{
	const struct proof *p = &a->proof;

	/* Nobody but the service asks; the first signature after an enrolment speaks for all receipts before, too. */
	if (p->due_us == 0 || p->key.len == 0 || a->worker.signing > 0 || a->mandate.trust_state != ERR_OK)
		return INT64_MAX;
	return p->due_us;
}

void proof_continue(struct actor *a, int64_t mono_us)
{
	struct proof *p = &a->proof;
	struct worker_job job;

	if (proof_next_us(a) > mono_us)
		return;
	memset(&job, 0, sizeof(job));
	job.kind = WORKER_SIGN;
	job.fd = p->chain.fd;
	job.key = p->key;
	job.head.seq = p->chain.seq;
	memcpy(job.head.hash, p->chain.hash, sizeof(job.head.hash));
	p->due_us = worker_submit(&a->worker, &job) ? 0 : mono_us + PROOF_APART_US;
	p->signed_us = mono_us;
	key_wipe(&job, sizeof(job));
}

bool proof_signed(struct actor *a, const struct worker_result *result, struct actor_head *out)
{
	struct proof *p = &a->proof;

	note(p, (enum err)result->err, "signing the chain of receipts");
	memset(out, 0, sizeof(*out));
	out->header = (struct actor_header){MESSAGE_VERSION, ACTOR_HEAD, sizeof(*out), 0};
	out->seq = result->head.seq;
	memcpy(out->hash, result->head.hash, sizeof(out->hash));
	out->signature_len = result->head.signature_len;
	memcpy(out->signature, result->head.signature, sizeof(out->signature));
	out->key = p->public_key;
	return result->err == ERR_OK;
}
