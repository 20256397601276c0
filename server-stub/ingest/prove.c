/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of receipts. It believes the bound key, and nothing that the device's core could have made. */
#include "server-stub/ingest/prove.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"
#include "agent/base/severity.h"

#include <stdio.h>
#include <string.h>

enum err prove_begin(struct prove *p, const struct log_batch *batch)
{
	enum err err = views_chain_get(p->store, batch->device, &p->chain);

	p->received_us = batch->received_us;
	p->is_bound = err == ERR_OK;
	p->is_changed = false;
	if (err != ERR_NOT_FOUND)
		return err;
	memset(&p->chain, 0, sizeof(p->chain));
	memcpy(p->chain.device, batch->device, STORE_ID);
	return ERR_OK;
}

enum err prove_end(struct prove *p)
{
	return p->is_changed ? views_chain_put(p->store, &p->chain) : ERR_OK;
}

bool prove_is_forged(enum views_proof proof)
{
	return proof == PROOF_NO_PLACE || proof == PROOF_DISORDER;
}

/* The identifier of a new incident; the device cannot know it before. */
static void name_incident(struct prove *p, struct views_incident *i)
{
	uint8_t bytes[64], digest[CHAIN_HASH];
	struct buf b = buf_over(bytes, sizeof(bytes));

	buf_text(&b, PROVE_RULE);
	buf_bytes(&b, p->chain.device, STORE_ID);
	buf_be64(&b, p->chain.seq);
	buf_be64(&b, (uint64_t)p->received_us);
	key_sha256(b.data, b.len, digest);
	memset(i, 0, sizeof(*i));
	memcpy(i->id, digest, STORE_ID);
	memcpy(i->device, p->chain.device, STORE_ID);
	i->state = INCIDENT_OPEN;
	i->severity = SEV_HIGH;
	i->first_us = p->received_us;
	snprintf(i->rule_id, sizeof(i->rule_id), PROVE_RULE);
	snprintf(i->title, sizeof(i->title), "The device's receipts are not as its actor made them");
	snprintf(i->author, sizeof(i->author), "caltrop");
	snprintf(i->tags, sizeof(i->tags), "attack.t1562");
	memcpy(p->chain.incident, i->id, STORE_ID);
	p->is_changed = true;
}

static enum err put_incident(struct prove *p, struct views_incident *i)
{
	enum err err;

	i->last_us = i->received_us = p->received_us;
	err = views_incident_put(p->store, i);
	if (err == ERR_OK && p->news->incident)
		p->news->incident(p->news->context, i);
	return err;
}

/* One incident at a time for a device; what comes while it is open is added to it. */
static enum err alarm(struct prove *p, const char *why, uint64_t seq)
{
	struct views_incident i;
	enum err err = views_incident_of(p->store, p->chain.device, p->chain.incident, &i);
	size_t len;

	if (err == ERR_NOT_FOUND || (err == ERR_OK && i.state != INCIDENT_OPEN)) {
		name_incident(p, &i);
		err = ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	i.count++;
	len = strlen(i.evidence);
	if (sizeof(i.evidence) - len > 200)
		snprintf(i.evidence + len, sizeof(i.evidence) - len, "%sreceipt %llu: %s", len ? "\n" : "",
			 (unsigned long long)seq, why);
	return put_incident(p, &i);
}

/* A day of sound receipts ends the incident. */
static enum err calm(struct prove *p)
{
	static const uint8_t none[STORE_ID];
	struct views_incident i;
	enum err err;

	if (memcmp(p->chain.incident, none, STORE_ID) == 0)
		return ERR_OK;
	err = views_incident_of(p->store, p->chain.device, p->chain.incident, &i);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (i.state != INCIDENT_OPEN || p->received_us - i.last_us < PROVE_SOUND_US)
		return ERR_OK;
	i.state = INCIDENT_CLOSED;
	return put_incident(p, &i);
}

/* Those that still wait cannot be proven any more; the incident says why. */
static enum err give_up_waiting(struct prove *p, enum views_proof proof, const char *why, uint64_t seq)
{
	enum err err = views_receipt_prove(p->store, p->chain.device, INT64_MAX, proof);

	p->chain.waits_us = 0;
	return err == ERR_OK && why ? alarm(p, why, seq) : err;
}

/* How a place follows the last one that was seen. */
static enum err follow(struct prove *p, const struct chain_place *place)
{
	const struct views_chain *c = &p->chain;

	if (c->seq == 0)
		return ERR_OK;
	if (place->prev_seq == c->seq)
		return memcmp(place->prev, c->hash, CHAIN_HASH) == 0
			       ? ERR_OK
			       : give_up_waiting(p, PROOF_BROKEN, "the one before it was forged or changed",
						 place->seq);
	if (place->prev_seq > c->seq)
		return give_up_waiting(p, PROOF_BROKEN, "receipts before it are missing", place->seq);
	if (place->prev_seq == 0)
		return give_up_waiting(p, PROOF_BROKEN, "the device lost its chain and began another", place->seq);
	/* A power cut took back what the actor had written last; all of it is known here. */
	if (place->seq - place->prev_seq >= CHAIN_JUMP)
		return give_up_waiting(p, PROOF_BROKEN, NULL, place->seq);
	return give_up_waiting(p, PROOF_BROKEN, "it says that receipts before it never were", place->seq);
}

static void wait_from(struct prove *p, const struct content *record)
{
	p->chain.waits_us = p->received_us;
	p->chain.waits_wall_us = record->wall_us;
	p->is_changed = true;
}

/* By both clocks: a device that was away sends what it signed in the meantime only now. */
enum err prove_waits(struct prove *p, const struct content *record)
{
	if (!p->is_bound || p->chain.waits_us == 0 || p->received_us - p->chain.waits_us < PROVE_WAIT_US ||
	    record->wall_us - p->chain.waits_wall_us < PROVE_WAIT_US)
		return ERR_OK;
	wait_from(p, record);
	return alarm(p, "no signature comes for it", p->chain.seq);
}

/* A place that was seen comes with the same receipt again, or else with another one. */
static enum err come_again(struct prove *p, const struct chain_place *place, struct views_receipt *receipt)
{
	uint8_t hash[CHAIN_HASH];
	enum err err = views_receipt_hash(p->store, p->chain.device, place->seq, hash);

	if (err == ERR_OK && memcmp(hash, receipt->chain_hash, CHAIN_HASH) == 0)
		return ERR_EXISTS;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	receipt->proof = PROOF_DISORDER;
	return alarm(p, "it came out of order, or in the place of another", place->seq);
}

enum err prove_receipt(struct prove *p, const struct content *record, struct views_receipt *receipt)
{
	struct chain_place place;
	enum err err;

	content_place(record, &place);
	receipt->proof = PROOF_NO_KEY;
	if (!p->is_bound)
		return ERR_OK;
	if (place.seq == 0) {
		receipt->proof = PROOF_NO_PLACE;
		return content_is_deed(record) ? alarm(p, "one is not in the actor's chain", p->chain.seq) : ERR_OK;
	}
	receipt->chain_seq = place.seq;
	chain_hash(&place, record->bytes, receipt->chain_hash);
	if (place.seq <= p->chain.seq)
		return come_again(p, &place, receipt);
	err = follow(p, &place);
	receipt->proof = PROOF_PENDING;
	p->chain.seq = place.seq;
	memcpy(p->chain.hash, receipt->chain_hash, CHAIN_HASH);
	if (p->chain.waits_us == 0)
		wait_from(p, record);
	p->is_changed = true;
	return err == ERR_OK ? prove_waits(p, record) : err;
}

/* Whether the place that was signed is one that was seen. */
static enum err is_known(struct prove *p, const struct content_head *head, bool *out)
{
	uint8_t hash[CHAIN_HASH];
	enum err err = ERR_OK;

	if (head->seq == p->chain.seq)
		memcpy(hash, p->chain.hash, sizeof(hash));
	else
		err = views_receipt_hash(p->store, p->chain.device, head->seq, hash);
	*out = err == ERR_OK && memcmp(hash, head->hash.data, CHAIN_HASH) == 0;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static bool is_signed(struct prove *p, const struct content_head *head, const uint8_t key[STORE_KEY])
{
	uint8_t statement[CHAIN_STATEMENT];
	struct key_der public_key = {.len = STORE_KEY};

	p->signatures++;
	memcpy(public_key.bytes, key, STORE_KEY);
	chain_statement(head->seq, (const uint8_t *)head->hash.data, statement);
	return key_verify(&public_key, statement, sizeof(statement), (const uint8_t *)head->signature.data,
			  head->signature.len) == ERR_OK;
}

/* The receipts from here on will be proven; for those before nobody can say. */
static void bind_key(struct prove *p, const struct content_head *head)
{
	if (!head->key.len || !is_signed(p, head, (const uint8_t *)head->key.data))
		return;
	memcpy(p->chain.key, head->key.data, STORE_KEY);
	p->is_bound = p->is_changed = true;
}

enum err prove_head(struct prove *p, const struct content *record)
{
	struct content_head head;
	bool known;
	enum err err;

	if (content_head(record, &head) != ERR_OK)
		return p->is_bound ? alarm(p, "a signature does not parse", p->chain.seq) : ERR_OK;
	if (!p->is_bound) {
		bind_key(p, &head);
		return ERR_OK;
	}
	/* Nothing to prove: no place was seen yet, or a later one was signed already. */
	if (p->chain.seq == 0 || head.seq <= p->chain.proven_seq)
		return ERR_OK;
	if (!is_signed(p, &head, p->chain.key))
		return alarm(p, "its signature is not by the device's receipt key", head.seq);
	err = is_known(p, &head, &known);
	if (err != ERR_OK)
		return err;
	p->chain.proven_seq = head.seq;
	p->is_changed = true;
	if (known) {
		p->chain.waits_us = 0;
		if (head.seq < p->chain.seq)
			wait_from(p, record);
		err = views_receipt_prove(p->store, p->chain.device, head.seq, PROOF_PROVEN);
		return err == ERR_OK ? calm(p) : err;
	}
	err = give_up_waiting(p, PROOF_OTHER,
			      head.seq > p->chain.seq ? "it was made and is missing"
						      : "the actor signed another one than was told",
			      head.seq);
	p->chain.seq = head.seq;
	memcpy(p->chain.hash, head.hash.data, CHAIN_HASH);
	return err;
}
