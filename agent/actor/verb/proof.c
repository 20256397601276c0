/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's chain of receipts. It changes nothing of receipts but their place, and the number of who asked. */
#include "agent/actor/verb/proof.h"

#include "agent/actor/ledger/receipt_kept.h"
#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"
#include "agent/common/receipt.h"
#include "agent/common/receipt_key.h"

#include <stdio.h>
#include <string.h>

/* The last one of a row of errors is said once. */
static void note(struct proof *p, enum err err, const char *what)
{
	if (err != ERR_OK && err != p->state)
		say(SAY_ERR, "%s: %s; the service can't prove the receipts", what, err_text(err));
	p->state = err;
}

static bool may_send(const struct actor *a)
{
	return a->child.socket >= 0 && a->outbox_count < ACTOR_OUTBOX_MAX / 2;
}

void proof_renew(struct actor *a)
{
	struct proof *p = &a->proof;

	/* Without a bundle nobody asks for signatures, and the key's mathematics stay out of memory. */
	if (a->mandate.trust_state == ERR_OK && p->key.len == 0)
		note(p, receipt_key_open(a->keys_dir, &p->key, &p->public_key), "the receipt key, " RECEIPT_KEY_FILE);
}

void proof_open(struct actor *a)
{
	struct proof *p = &a->proof;
	enum err err;

	proof_renew(a);
	err = chain_file_open(&p->chain, a->state_dir, a->boot, clock_wall_us());
	note(p, err, "the chain of receipts");
	if (p->chain.begun_anew)
		say(SAY_WARNING, "the chain of receipts was damaged; it begins anew");
	(void)proof_core_gone(a);
}

static void send_receipt(struct actor *a, const struct actor_receipt *receipt)
{
	union actor_message m;

	memset(&m, 0, sizeof(m));
	m.receipt = *receipt;
	actor_send(a, &m);
}

void proof_send(struct actor *a, struct actor_receipt *receipt)
{
	struct proof *p = &a->proof;
	uint8_t memory[RECEIPT_BYTES_MAX];
	struct buf bytes = buf_over(memory, sizeof(memory));
	uint8_t kept_memory[RECEIPT_KEPT_MAX];
	struct buf kept = buf_over(kept_memory, sizeof(kept_memory));
	int64_t due_us = clock_mono_us() + PROOF_SOON_US;

	receipt_put(&bytes, receipt);
	chain_file_place(&p->chain, &receipt->place);
	receipt_kept_put(&kept, receipt);
	note(p, chain_file_take(&p->chain, &receipt->place, buf_str(&bytes), buf_str(&kept)), "the chain of receipts");
	if (receipt->outcome == 0 && due_us < p->signed_us + PROOF_APART_US)
		due_us = p->signed_us + PROOF_APART_US;
	if (p->due_us == 0 || due_us < p->due_us)
		p->due_us = due_us;
	/* Without a file there is only the outbox to wait in. */
	if (p->chain.fd >= 0 && (p->sent + 1 < p->chain.number || !may_send(a)))
		return;
	send_receipt(a, receipt);
	p->sent = p->chain.number;
}

/* What was signed may not have reached anybody: it is signed again. */
static void sign_again(struct proof *p)
{
	if (p->due_us == 0 && p->chain.seq > 0)
		p->due_us = 1;
}

bool proof_core_gone(struct actor *a)
{
	struct proof *p = &a->proof;

	sign_again(p);
	p->stale = p->chain.number;
	if (p->chain.fd < 0)
		return false;
	p->sent = p->chain.recorded;
	return true;
}

enum err proof_recorded(struct actor *a, uint64_t seq)
{
	struct proof *p = &a->proof;
	enum err err = chain_file_recorded(&p->chain, seq);

	if (err == ERR_INVALID)
		return ERR_PROTOCOL;
	note(p, err, "the chain of receipts");
	return ERR_OK;
}

/* A receipt of a form that this build does not know cannot be read. */
static bool read_kept(const struct proof *p, uint64_t number, struct actor_receipt *out)
{
	uint8_t message[CHAIN_FILE_MESSAGE_MAX];
	size_t len;

	if (chain_file_kept(&p->chain, number, message, &len) != ERR_OK ||
	    receipt_kept_take((struct str){(const char *)message, len}, out) != ERR_OK)
		return false;
	if (number <= p->stale)
		out->header.request_id = 0;
	return true;
}

/* Those that were not sent yet, or only to a core that is gone. */
static void send_kept(struct actor *a)
{
	struct proof *p = &a->proof;
	struct actor_receipt receipt;
	unsigned lost = 0;

	for (; p->sent < p->chain.number && may_send(a); p->sent++) {
		if (read_kept(p, p->sent + 1, &receipt))
			send_receipt(a, &receipt);
		else
			lost++;
	}
	if (lost > 0)
		say(SAY_ERR, "%u receipts were not kept and are lost", lost);
}

int64_t proof_next_us(const struct actor *a)
{
	const struct proof *p = &a->proof;

	/* A signature follows the receipts that it speaks for. */
	if (p->sent < p->chain.number)
		return may_send(a) ? INT64_MIN : INT64_MAX;
	/* Nobody but the service asks; the first signature after an enrolment speaks for all receipts before, too. */
	if (p->due_us == 0 || p->key.len == 0 || a->worker.signing > 0 || a->mandate.trust_state != ERR_OK)
		return INT64_MAX;
	return p->due_us;
}

void proof_continue(struct actor *a, int64_t mono_us)
{
	struct proof *p = &a->proof;
	struct worker_job job;

	send_kept(a);
	if (p->sent < p->chain.number || proof_next_us(a) > mono_us)
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
	/* Another core has come meanwhile, which was not given those receipts yet. */
	if (p->sent < p->chain.number) {
		sign_again(p);
		return false;
	}
	memset(out, 0, sizeof(*out));
	out->header = (struct actor_header){MESSAGE_VERSION, ACTOR_HEAD, sizeof(*out), 0};
	out->seq = result->head.seq;
	memcpy(out->hash, result->head.hash, sizeof(out->hash));
	out->signature_len = result->head.signature_len;
	memcpy(out->signature, result->head.signature, sizeof(out->signature));
	out->key = p->public_key;
	return result->err == ERR_OK;
}
