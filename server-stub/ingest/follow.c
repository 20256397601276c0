/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the log's entries once each and in order, and writes what they mean to the views: the position stands in the
 * transaction of what was written. Depends on nothing but the log, the views and which orders there are, so that the
 * same log makes the same views.
 */
#include "server-stub/ingest/follow.h"

#include "agent/base/hex.h"
#include "proto/wire.h"
#include "server-stub/ingest/content.h"
#include "server-stub/ingest/gather.h"
#include "server-stub/ingest/notice.h"
#include "server-stub/ingest/prove.h"
#include "server-stub/store/deed.h"
#include "server-stub/store/person.h"
#include "server-stub/store/registry.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The sum of what a fold works with. */
struct fold {
	struct store *store;
	const struct log_batch *batch;
	struct follow *follow;
	const struct follow_news *news; /* those of the live set only */
	struct prove *prove;
	uint64_t head_seq;
};

static bool is_ours(const char *rule_id)
{
	return strcmp(rule_id, PROVE_RULE) == 0 || notice_is_ours(rule_id);
}

/* What a person closed stays so until the device tells of something later. */
static void hold(struct views_incident *i)
{
	if (i->held_us == 0 || i->state != INCIDENT_OPEN)
		return;
	if (i->last_us > i->held_us)
		i->held_us = 0;
	else
		i->state = INCIDENT_CLOSED;
}

static enum err put_incident(const struct fold *f, struct views_incident *i)
{
	enum err err;

	i->received_us = f->batch->received_us;
	err = views_incident_put(f->store, i);
	if (err == ERR_OK && f->news->incident)
		f->news->incident(f->news->context, i);
	return err;
}

/* The device has made one incident of two; the one that goes on may be one that this device never told of. */
static enum err fold_merge(const struct fold *f, const struct views_incident *merged)
{
	struct views_incident into;
	uint8_t id[STORE_ID];
	enum err err;

	if (!hex_read(str_from(merged->merged_into), id, STORE_ID))
		return ERR_OK;
	err = views_incident_of(f->store, f->batch->device, id, &into);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && is_ours(into.rule_id)))
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	gather_merge(&into, merged);
	return put_incident(f, &into);
}

static enum err fold_finding(const struct fold *f, const struct content *record, uint64_t seq)
{
	struct views_incident incident;
	struct timeline_part part;
	struct str id = wire_bytes(record->bytes, 1);
	bool was_merged;
	enum err err;

	content_part(record, &part);
	if (id.len != STORE_ID || is_ours(part.rule)) {
		f->follow->rejected++;
		return ERR_OK;
	}
	err = views_incident_of(f->store, f->batch->device, (const uint8_t *)id.data, &incident);
	/* The device does not speak about what the service found. */
	if (err == ERR_OK && is_ours(incident.rule_id)) {
		f->follow->rejected++;
		return ERR_OK;
	}
	if (err == ERR_NOT_FOUND) {
		memset(&incident, 0, sizeof(incident));
		memcpy(incident.id, id.data, STORE_ID);
		memcpy(incident.device, f->batch->device, STORE_ID);
		incident.state = INCIDENT_OPEN;
		err = ERR_OK;
	}
	was_merged = incident.merged_into[0] != '\0';
	if (err == ERR_OK)
		err = gather_finding(record, seq, &part, &incident);
	if (err != ERR_OK)
		return err;
	hold(&incident);
	err = put_incident(f, &incident);
	return err == ERR_OK && incident.merged_into[0] && !was_merged ? fold_merge(f, &incident) : err;
}

/*
 * A device speaks for itself only: an order that was not sent to it is not touched by what it says, and its receipt is
 * not shown beside that order. The first final answer stands; a replay's refusal comes later and does not undo it.
 */
static enum err fold_answer(const struct fold *f, struct content_receipt *r)
{
	struct views_answer answer;
	enum err err = registry_target_is(f->store, r->receipt.order_id, f->batch->device);

	if (err == ERR_NOT_FOUND) {
		memset(r->receipt.order_id, 0, STORE_ID);
		return ERR_OK;
	}
	if (err != ERR_OK || r->state == 0)
		return err;
	memset(&answer, 0, sizeof(answer));
	memcpy(answer.order_id, r->receipt.order_id, STORE_ID);
	memcpy(answer.device, f->batch->device, STORE_ID);
	answer.state = r->state;
	answer.updated_us = f->batch->received_us;
	memcpy(answer.text, r->text, sizeof(answer.text));
	return views_answer_add(f->store, &answer);
}

static enum err fold_receipt(const struct fold *f, const struct content *record)
{
	static const uint8_t none[STORE_ID];
	struct content_receipt r;
	enum err err = ERR_OK;

	content_receipt(record, &r);
	memcpy(r.receipt.device, f->batch->device, STORE_ID);
	r.receipt.received_us = f->batch->received_us;
	err = prove_receipt(f->prove, record, &r.receipt);
	if (err == ERR_EXISTS)
		return ERR_OK;
	if (prove_is_forged((enum views_proof)r.receipt.proof))
		r.state = 0;
	if (err == ERR_OK && memcmp(r.receipt.order_id, none, STORE_ID) != 0)
		err = fold_answer(f, &r);
	if (err == ERR_OK)
		err = views_receipt_put(f->store, &r.receipt);
	if (err != ERR_OK)
		return err;
	if (f->news->receipt)
		f->news->receipt(f->news->context, &r.receipt);
	return ERR_OK;
}

static enum err fold_health(const struct fold *f, const struct content *record)
{
	struct views_health health;
	enum err err = prove_waits(f->prove, record);

	content_health(record, &health);
	memcpy(health.device, f->batch->device, STORE_ID);
	return err == ERR_OK ? views_health_put(f->store, &health) : err;
}

static enum err fold_record(const struct fold *f, struct str entry_bytes)
{
	struct content_entry entry;
	struct content record;
	enum err err = content_entry(entry_bytes, &entry);

	if (err == ERR_OK)
		err = content_read(entry.record, &record);
	if (err != ERR_OK)
		return err;
	switch (record.body) {
	case CONTENT_FINDING: return fold_finding(f, &record, entry.seq);
	case CONTENT_RECEIPT: return fold_receipt(f, &record);
	case CONTENT_HEALTH: return fold_health(f, &record);
	case CONTENT_FILE:
		if (f->news->file)
			f->news->file(f->news->context, f->batch, record.bytes);
		return ERR_OK;
	case CONTENT_CHAIN_HEAD: return entry.seq == f->head_seq ? prove_head(f->prove, &record) : ERR_OK;
	default: return ERR_OK;
	}
}

/* Of the last signature of a batch: it speaks for all before, and the others need not be checked. */
static enum err find_head(struct fold *f)
{
	struct str message = f->batch->blob;
	struct content_entry entry;
	struct content record;
	struct wire_field field;
	enum err err = ERR_OK;

	while (err == ERR_OK && wire_next(&message, &field) == ERR_OK) {
		if (field.number != CONTENT_ENTRIES)
			continue;
		err = content_entry(field.bytes, &entry);
		if (err == ERR_OK)
			err = content_read(entry.record, &record);
		if (err == ERR_OK && record.body == CONTENT_CHAIN_HEAD)
			f->head_seq = entry.seq;
	}
	return err;
}

static enum err fold_batch(struct fold *f)
{
	struct str message = f->batch->blob;
	struct wire_field field;
	enum err err = find_head(f);

	if (err == ERR_OK)
		err = prove_begin(f->prove, f->batch);
	while (err == ERR_OK && wire_next(&message, &field) == ERR_OK)
		if (field.number == CONTENT_ENTRIES)
			err = fold_record(f, field.bytes);
	return err == ERR_OK ? prove_end(f->prove) : err;
}

/*
 * One that is bound stays, unless an operator let the device in anew: one that asks again may be somebody else by now.
 * A new key begins another chain; what waited for a signature by the one before gets none.
 */
static enum err fold_key(const struct fold *f)
{
	struct views_chain chain;
	enum err err;

	if (f->batch->blob.len != STORE_KEY)
		return ERR_OK;
	err = views_chain_get(f->store, f->batch->device, &chain);
	if (err == ERR_NOT_FOUND) {
		memset(&chain, 0, sizeof(chain));
		err = ERR_OK;
	} else if (err == ERR_OK) {
		if (f->batch->kind != LOG_REKEY || memcmp(chain.key, f->batch->blob.data, STORE_KEY) == 0)
			return ERR_OK;
		err = views_receipt_prove(f->store, f->batch->device, INT64_MAX, PROOF_BROKEN);
	}
	if (err != ERR_OK)
		return err;
	/* An incident that is open still ends after a day of sound receipts. */
	chain.seq = chain.proven_seq = 0;
	chain.waits_us = chain.waits_wall_us = 0;
	memset(chain.hash, 0, sizeof(chain.hash));
	memcpy(chain.device, f->batch->device, STORE_ID);
	memcpy(chain.key, f->batch->blob.data, STORE_KEY);
	return views_chain_put(f->store, &chain);
}

/* The latest word counts; each stays in the notes. */
static enum err fold_deed(const struct fold *f)
{
	struct views_incident incident;
	struct views_note note;
	enum err err = deed_read(f->batch, &note);

	if (err == ERR_OK)
		err = views_incident_of(f->store, note.device, note.incident_id, &incident);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_INVALID : err;
	if (strcmp(note.deed, "close") == 0) {
		incident.state = INCIDENT_CLOSED;
		incident.held_us = incident.last_us > 0 ? incident.last_us : 1;
	} else if (strcmp(note.deed, "verdict") == 0) {
		str_show(str_from(note.text), incident.verdict, sizeof(incident.verdict));
	} else if (strcmp(note.deed, "assign") == 0) {
		str_show(str_from(note.text), incident.assignee, sizeof(incident.assignee));
	}
	incident.received_us = note.wall_us;
	err = views_incident_put(f->store, &incident);
	if (err == ERR_OK)
		err = views_note_put(f->store, &note);
	if (err == ERR_OK && f->news->incident)
		f->news->incident(f->news->context, &incident);
	return err;
}

/* An entry that was let into the log and does not parse is passed over: nothing that comes later waits for it. */
static enum err fold_entry(struct follow *follow, const struct follow_news *news, const struct log_batch *entry,
			   unsigned *signatures)
{
	struct prove prove = {.store = follow->store, .news = news};
	struct fold fold = {follow->store, entry, follow, news, &prove, 0};
	enum err err = ERR_OK;

	if (entry->kind == LOG_STORY)
		err = fold_batch(&fold);
	else if (entry->kind == LOG_DEED)
		err = fold_deed(&fold);
	else if (entry->kind == LOG_KEY || entry->kind == LOG_REKEY)
		err = fold_key(&fold);
	else if (entry->kind == LOG_NOTICE)
		err = notice_fold(follow->store, entry, news);
	*signatures += prove.signatures;
	if (err != ERR_PROTOCOL && err != ERR_INVALID)
		return err;
	follow->rejected++;
	return ERR_OK;
}

/* A walk along the log's end, or its front: up to `until`, or until it has met signatures_max signatures. */
struct walk {
	enum views_set set;
	uint64_t until;
	unsigned entries_max, signatures_max;
	bool more; /* it ended before the log did, or `until` */
	/* private */
	struct follow *follow;
	const struct follow_news *news;
	uint64_t position;
	unsigned count, signatures;
	enum err err;
};

static bool walk_entry(void *arg, uint64_t position, const struct log_batch *entry)
{
	struct walk *w = arg;

	if (position > w->until)
		return false;
	w->err = fold_entry(w->follow, w->news, entry, &w->signatures);
	w->position = position;
	w->count++;
	w->more = w->count == w->entries_max || w->signatures >= w->signatures_max;
	return w->err == ERR_OK && !w->more;
}

/* Tell a set of the entries behind its position `from`. Inside of a transaction. */
static enum err tell(struct follow *f, struct walk *w, uint64_t from)
{
	static const struct follow_news nobody;
	enum err err;

	w->follow = f;
	w->news = w->set == VIEWS_LIVE ? &f->news : &nobody;
	views_choose(f->store, w->set);
	err = log_follow(f->store, from, w->entries_max, walk_entry, w);
	if (err == ERR_OK)
		err = w->err;
	if (err == ERR_OK && w->count > 0)
		err = views_position_put(f->store, w->position);
	views_choose(f->store, VIEWS_LIVE);
	if (err == ERR_OK && w->news->end)
		err = w->news->end(w->news->context);
	return err;
}

static enum err finish(struct follow *f, enum err err)
{
	if (err == ERR_OK)
		err = store_commit(f->store);
	else
		store_rollback(f->store);
	if (err == ERR_OK && f->news.after)
		f->news.after(f->news.context);
	return err;
}

struct positions {
	uint64_t live, kept;
};

/* Views that somebody removed, or that fell behind the log's front, begin again where the kept ones are. */
static enum err look_back(struct follow *f, struct positions *at)
{
	enum err err = views_position(f->store, &at->live);

	views_choose(f->store, VIEWS_KEPT);
	if (err == ERR_OK)
		err = views_position(f->store, &at->kept);
	views_choose(f->store, VIEWS_LIVE);
	if (err != ERR_OK || at->live >= at->kept)
		return err;
	at->live = at->kept;
	return views_restore(f->store);
}

enum err follow_some(struct follow *f, bool *more)
{
	struct walk w = {VIEWS_LIVE, UINT64_MAX, FOLLOW_ENTRIES, FOLLOW_SIGNATURES, .more = false};
	struct positions at;
	enum err err = store_begin(f->store);

	*more = false;
	if (err != ERR_OK)
		return err;
	err = look_back(f, &at);
	if (err == ERR_OK)
		err = tell(f, &w, at.live);
	*more = err == ERR_OK && w.more;
	return finish(f, err);
}

enum err follow_all(struct follow *f)
{
	bool more = true;
	enum err err = ERR_OK;

	while (err == ERR_OK && more)
		err = follow_some(f, &more);
	return err;
}

/* What goes is told to both sets first: to the kept one because it is of the log's front. */
static enum err tell_front(struct follow *f, uint64_t until)
{
	struct walk live = {VIEWS_LIVE, until, STORE_PAGE_MAX, UINT_MAX, .more = false};
	struct walk kept = {VIEWS_KEPT, until, STORE_PAGE_MAX, UINT_MAX, .more = false};
	struct positions at;
	enum err err = look_back(f, &at);

	if (err == ERR_OK)
		err = tell(f, &live, at.live);
	if (err == ERR_OK)
		err = tell(f, &kept, at.kept);
	views_choose(f->store, VIEWS_KEPT);
	if (err == ERR_OK && at.kept < until)
		err = views_position_put(f->store, until);
	views_choose(f->store, VIEWS_LIVE);
	return err;
}

static enum err cut_some(struct follow *f, const struct store_retention *r, int64_t wall_us, struct log_reach *reach)
{
	enum err err = store_begin(f->store);

	reach->count = 0;
	if (err != ERR_OK)
		return err;
	err = log_reach(f->store, r, wall_us, reach);
	if (err == ERR_OK && reach->count > 0) {
		err = tell_front(f, reach->position);
		if (err == ERR_OK)
			err = log_cut(f->store, reach->position);
	}
	return finish(f, err);
}

enum err follow_retain(struct follow *f, const struct store_retention *r, int64_t wall_us, unsigned *removed)
{
	struct log_reach reach = {0, LOG_REACH};
	enum err err = person_session_expire(f->store, wall_us);

	*removed = 0;
	while (err == ERR_OK && reach.count == LOG_REACH) {
		err = cut_some(f, r, wall_us, &reach);
		*removed += err == ERR_OK ? reach.count : 0;
	}
	return err == ERR_OK && r->age_us > 0 ? views_retain(f->store, wall_us - r->age_us) : err;
}

enum err follow_rebuild(struct follow *f)
{
	enum err err = views_restore(f->store);

	return err == ERR_OK ? follow_all(f) : err;
}
