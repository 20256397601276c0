/* SPDX-License-Identifier: Apache-2.0 */
/* A core between the actor and the service forges, changes, drops, moves and withholds: each is seen. */
#include "agent/base/key.h"
#include "proto/chain.h"
#include "proto/wire.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/ingest.h"
#include "server-stub/store/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#define SECOND_US INT64_C(1000000)
#define PATH "/tmp/prove_test.db"

static const uint8_t device_id[STORE_ID] = {1}, spool_id[STORE_ID] = {3}, order_id[STORE_ID] = {5};

/* What the actor made: a receipt in its place. */
struct made {
	struct chain_place place;
	char bytes[64];
	size_t len;
};

struct world {
	struct store *store;
	struct key_der key, public_key;
	uint64_t seq; /* the actor's chain */
	uint8_t hash[CHAIN_HASH];
	uint64_t record;  /* number of the last record of the spool */
	int64_t clock_us; /* the device's and the service's */
	uint8_t bytes[16384];
	struct buf batch;
	unsigned incidents;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct registry_device d = {.state = DEVICE_APPROVED};

	unlink(PATH);
	assert_int_equal(store_create(*state ? PATH : NULL, (const uint8_t[STORE_FLEET]){1}, &w->store), ERR_OK);
	memcpy(d.id, device_id, STORE_ID);
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(key_generate(key_random_kernel, &w->key), ERR_OK);
	assert_int_equal(key_public(&w->key, &w->public_key), ERR_OK);
	w->clock_us = 1000 * SECOND_US;
	w->batch = buf_over(w->bytes, sizeof(w->bytes));
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	free(w);
	unlink(PATH);
	unlink(PATH "-wal");
	unlink(PATH "-shm");
	return 0;
}

static void bind_key(struct world *w)
{
	struct views_chain c;

	memset(&c, 0, sizeof(c));
	memcpy(c.device, device_id, STORE_ID);
	memcpy(c.key, w->public_key.bytes, STORE_KEY);
	assert_int_equal(views_chain_put(w->store, &c), ERR_OK);
}

static struct made make_as(struct world *w, const char *result, bool order)
{
	struct made m = {.place = {w->seq + 1, w->seq, {0}}};
	struct buf b = buf_over(m.bytes, sizeof(m.bytes));

	memcpy(m.place.prev, w->hash, CHAIN_HASH);
	wire_put_bytes(&b, 1, STR("reset"));
	wire_put_bytes(&b, 3, str_from(result));
	if (order)
		wire_put_bytes(&b, 8, (struct str){(const char *)order_id, STORE_ID});
	m.len = b.len;
	chain_hash(&m.place, (struct str){m.bytes, m.len}, w->hash);
	w->seq = m.place.seq;
	return m;
}

static struct made make(struct world *w)
{
	return make_as(w, "done", false);
}

static void add_record(struct world *w, struct str record)
{
	uint8_t memory[1024];
	struct buf entry = buf_over(memory, sizeof(memory));

	if (w->batch.len == 0)
		wire_put_bytes(&w->batch, 1, (struct str){(const char *)spool_id, STORE_ID});
	wire_put_int(&entry, 1, ++w->record);
	wire_put_message(&entry, 2, record);
	wire_put_message(&w->batch, 2, buf_str(&entry));
}

/* The core tells of a receipt. */
static void tell(struct world *w, const struct made *m)
{
	uint8_t memory[512], inner[128];
	struct buf record = buf_over(memory, sizeof(memory)), place = buf_over(inner, sizeof(inner));

	wire_put_int(&place, 1, m->place.seq);
	wire_put_int(&place, 2, m->place.prev_seq);
	wire_put_bytes(&place, 3, (struct str){(const char *)m->place.prev, CHAIN_HASH});
	wire_put_fixed64(&record, 1, (uint64_t)w->clock_us);
	wire_put_message(&record, 12, (struct str){m->bytes, m->len});
	if (m->place.seq)
		wire_put_message(&record, 16, buf_str(&place));
	add_record(w, buf_str(&record));
}

/* The actor signs, and the core tells of it. */
static void tell_head_by(struct world *w, const struct key_der *key)
{
	uint8_t memory[512], inner[400], statement[CHAIN_STATEMENT], signature[KEY_SIGNATURE_MAX];
	struct buf record = buf_over(memory, sizeof(memory)), head = buf_over(inner, sizeof(inner));
	size_t len;

	chain_statement(w->seq, w->hash, statement);
	assert_int_equal(key_sign(key, key_random_kernel, statement, sizeof(statement), signature, &len), ERR_OK);
	wire_put_int(&head, 1, w->seq);
	wire_put_bytes(&head, 2, (struct str){(const char *)w->hash, CHAIN_HASH});
	wire_put_bytes(&head, 3, (struct str){(const char *)signature, len});
	wire_put_bytes(&head, 4, (struct str){(const char *)w->public_key.bytes, w->public_key.len});
	wire_put_fixed64(&record, 1, (uint64_t)w->clock_us);
	wire_put_message(&record, 15, buf_str(&head));
	add_record(w, buf_str(&record));
}

static void tell_head(struct world *w)
{
	tell_head_by(w, &w->key);
}

static void on_incident(void *context, const struct views_incident *incident)
{
	assert_string_equal(incident->rule_id, "receipt_chain");
	((struct world *)context)->incidents++;
}

/* It is in the log; nobody has followed it there. */
static void append(struct world *w)
{
	struct ingest_counts counts = {0};
	struct log_batch batch = {.received_us = w->clock_us, .blob = buf_str(&w->batch)};
	uint64_t committed;

	memcpy(batch.device, device_id, STORE_ID);
	memcpy(batch.spool, spool_id, STORE_ID);
	assert_int_equal(ingest_batch(w->store, &batch, &counts, &committed), ERR_OK);
	w->batch.len = 0;
}

static void send(struct world *w)
{
	struct follow follow = {.store = w->store, .news = {.context = w, .incident = on_incident}};

	append(w);
	assert_int_equal(follow_all(&follow), ERR_OK);
}

struct list {
	char text[64];
};

static bool each_proof(void *arg, const struct views_receipt *r)
{
	struct list *l = arg;
	size_t len = strlen(l->text);

	memmove(l->text + 1, l->text, len + 1);
	l->text[0] = (char)('0' + r->proof);
	return true;
}

/* The proof of each receipt, the oldest first, as digits of enum views_proof. */
static void assert_proofs(struct world *w, const char *expected)
{
	struct list l = {""};

	assert_int_equal(views_receipt_list(w->store, NULL, NULL, 60, each_proof, &l), ERR_OK);
	assert_string_equal(l.text, expected);
}

struct open {
	unsigned count;
	struct views_incident last;
};

static bool each_open(void *arg, uint64_t rowid, const struct views_incident *i)
{
	struct open *o = arg;

	(void)rowid;
	o->count++;
	o->last = *i;
	return true;
}

static struct open open_incidents(struct world *w)
{
	struct open o = {.count = 0};

	assert_int_equal(views_incident_list(w->store, INCIDENT_OPEN, NULL, 0, 10, each_open, &o), ERR_OK);
	return o;
}

static void assert_incident(struct world *w, const char *why)
{
	struct open o = open_incidents(w);

	assert_int_equal(o.count, 1);
	assert_non_null(strstr(o.last.evidence, why));
}

static void receipts_wait_for_their_signature_and_are_proven_by_it(void **state)
{
	struct world *w = *state;
	struct made first = make(w), second = make(w), third;

	bind_key(w);
	tell(w, &first);
	tell(w, &second);
	send(w);
	assert_proofs(w, "11");
	tell_head(w);
	third = make(w);
	tell(w, &third);
	send(w);
	assert_proofs(w, "221");
	tell_head(w);
	send(w);
	assert_proofs(w, "222");
	assert_int_equal(open_incidents(w).count, 0);
}

static void signature_that_comes_behind_later_receipts_counts(void **state)
{
	struct world *w = *state;
	struct made first = make(w), second;
	uint64_t seq = w->seq;
	uint8_t hash[CHAIN_HASH];

	bind_key(w);
	memcpy(hash, w->hash, sizeof(hash));
	tell(w, &first);
	second = make(w);
	tell(w, &second);
	w->seq = seq;
	memcpy(w->hash, hash, sizeof(hash));
	tell_head(w);
	send(w);
	assert_proofs(w, "21");
	assert_int_equal(open_incidents(w).count, 0);
}

static void changed_receipt_is_seen_by_the_next_one_or_by_the_signature(void **state)
{
	struct world *w = *state;
	struct made true_one = make_as(w, "failed", false), forged = true_one, next;
	struct buf b = buf_over(forged.bytes, sizeof(forged.bytes));

	bind_key(w);
	wire_put_bytes(&b, 1, STR("reset"));
	wire_put_bytes(&b, 3, STR("done"));
	forged.len = b.len;
	tell(w, &forged);
	tell_head(w);
	send(w);
	assert_proofs(w, "6");
	assert_incident(w, "the actor signed another one than was told");
	next = make(w);
	tell(w, &next);
	tell_head(w);
	send(w);
	assert_proofs(w, "62");
	true_one = make_as(w, "failed", false);
	forged.place = true_one.place;
	tell(w, &forged);
	next = make(w);
	tell(w, &next);
	tell_head(w);
	send(w);
	assert_proofs(w, "6252");
	assert_incident(w, "the one before it was forged or changed");
}

static void forged_receipt_without_a_place_answers_no_order(void **state)
{
	struct world *w = *state;
	struct made forged = make_as(w, "done", true);
	struct registry_order o = {.not_after_s = 1};
	struct registry_target t = {.state = TARGET_SEEN};

	bind_key(w);
	memcpy(o.id, order_id, STORE_ID);
	memcpy(t.order_id, order_id, STORE_ID);
	memcpy(t.device, device_id, STORE_ID);
	assert_int_equal(registry_order_put(w->store, &o, (const uint8_t(*)[STORE_ID])device_id, 1), ERR_OK);
	assert_int_equal(registry_target_put(w->store, &t), ERR_OK);
	forged.place.seq = 0;
	tell(w, &forged);
	send(w);
	assert_proofs(w, "3");
	assert_incident(w, "not in the actor's chain");
	assert_int_equal(registry_target_get(w->store, order_id, device_id, &t), ERR_OK);
	assert_int_equal(t.state, TARGET_SEEN);
}

static void refusal_of_the_core_itself_is_unproven_and_no_incident(void **state)
{
	struct world *w = *state;
	struct made refusal = make_as(w, "refused", false);

	bind_key(w);
	refusal.place.seq = 0;
	tell(w, &refusal);
	send(w);
	assert_proofs(w, "3");
	assert_int_equal(open_incidents(w).count, 0);
}

static void forged_receipt_in_the_next_place_is_never_proven(void **state)
{
	struct world *w = *state, forger;
	struct made first = make(w), forged, true_one;

	bind_key(w);
	tell(w, &first);
	tell_head(w);
	send(w);
	forger = *w;
	forged = make(&forger);
	strcpy(forged.bytes, "\n\1x");
	forged.len = 3;
	tell(w, &forged);
	send(w);
	assert_proofs(w, "21");
	true_one = make(w);
	tell(w, &true_one);
	tell_head(w);
	send(w);
	assert_int_equal(open_incidents(w).count, 1);
	assert_proofs(w, "264");
}

/* The log's writer waits for each turn of the follower, and a signature takes long. */
static void turn_ends_after_some_signatures(void **state)
{
	struct world *w = *state;
	struct follow follow = {.store = w->store};
	struct views_chain c;
	bool more;

	bind_key(w);
	for (unsigned i = 0; i <= FOLLOW_SIGNATURES; i++) {
		struct made m = make(w);

		tell(w, &m);
		tell_head(w);
		append(w);
	}
	assert_int_equal(follow_some(&follow, &more), ERR_OK);
	assert_true(more);
	assert_int_equal(views_chain_get(w->store, device_id, &c), ERR_OK);
	assert_int_equal(c.proven_seq, FOLLOW_SIGNATURES);
	assert_int_equal(follow_some(&follow, &more), ERR_OK);
	assert_false(more);
	assert_int_equal(views_chain_get(w->store, device_id, &c), ERR_OK);
	assert_int_equal(c.proven_seq, FOLLOW_SIGNATURES + 1);
}

static void dropped_receipt_is_an_incident(void **state)
{
	struct world *w = *state;
	struct made first = make(w), third;

	bind_key(w);
	tell(w, &first);
	tell_head(w);
	(void)make(w);
	third = make(w);
	tell(w, &third);
	tell_head(w);
	send(w);
	assert_incident(w, "receipts before it are missing");
	assert_true(open_incidents(w).last.severity == 4);
	(void)make(w);
	tell_head(w);
	send(w);
	assert_incident(w, "it was made and is missing");
}

static void moved_receipts_are_an_incident(void **state)
{
	struct world *w = *state;
	struct made first = make(w), second = make(w), third = make(w);

	bind_key(w);
	tell(w, &first);
	tell(w, &third);
	tell(w, &second);
	tell(w, &first);
	send(w);
	assert_incident(w, "it came out of order, or in the place of another");
	assert_proofs(w, "514");
}

static void signature_of_another_key_proves_nothing(void **state)
{
	struct world *w = *state;
	struct made first = make(w);
	struct key_der other;

	bind_key(w);
	assert_int_equal(key_generate(key_random_kernel, &other), ERR_OK);
	tell(w, &first);
	tell_head_by(w, &other);
	send(w);
	assert_proofs(w, "1");
	assert_incident(w, "not by the device's receipt key");
}

static void signatures_that_are_withheld_are_an_incident(void **state)
{
	struct world *w = *state;
	struct made m = make(w);

	bind_key(w);
	tell(w, &m);
	send(w);
	w->clock_us += 299 * SECOND_US;
	m = make(w);
	tell(w, &m);
	send(w);
	assert_int_equal(open_incidents(w).count, 0);
	w->clock_us += 2 * SECOND_US;
	m = make(w);
	tell(w, &m);
	send(w);
	assert_incident(w, "no signature comes for it");
}

/* A core was killed: the next one tells of what the actor did not know to be on the disk. */
static void receipts_that_come_again_count_once(void **state)
{
	struct world *w = *state;
	struct made first = make(w), second, third, fourth;

	bind_key(w);
	tell(w, &first);
	tell_head(w);
	second = make(w);
	third = make(w);
	tell(w, &second);
	tell(w, &third);
	send(w);
	tell(w, &first);
	tell(w, &second);
	tell(w, &third);
	fourth = make(w);
	tell(w, &fourth);
	tell_head(w);
	send(w);
	tell(w, &fourth);
	send(w);
	assert_proofs(w, "2222");
	assert_int_equal(open_incidents(w).count, 0);
}

static void power_cut_is_no_incident(void **state)
{
	struct world *w = *state, remembered;
	struct made m = make(w);

	bind_key(w);
	tell(w, &m);
	tell_head(w);
	send(w);
	remembered = *w;
	m = make(w);
	tell(w, &m);
	w->seq = remembered.seq;
	memcpy(w->hash, remembered.hash, CHAIN_HASH);
	m = make(w);
	m.place.seq += CHAIN_JUMP;
	chain_hash(&m.place, (struct str){m.bytes, m.len}, w->hash);
	w->seq = m.place.seq;
	tell(w, &m);
	tell_head(w);
	send(w);
	assert_proofs(w, "252");
	assert_int_equal(open_incidents(w).count, 0);
}

static void chain_that_never_was_is_an_incident(void **state)
{
	struct world *w = *state;
	struct made first = make(w), second = make(w), third;

	bind_key(w);
	tell(w, &first);
	tell(w, &second);
	third = make(w);
	third.place.prev_seq = first.place.seq;
	tell(w, &third);
	send(w);
	assert_incident(w, "never were");
}

static void device_that_joined_before_gets_its_key_with_the_first_signature(void **state)
{
	struct world *w = *state;
	struct made m = make(w);

	tell(w, &m);
	tell_head(w);
	m = make(w);
	tell(w, &m);
	tell_head(w);
	send(w);
	assert_proofs(w, "00");
	m = make(w);
	tell(w, &m);
	tell_head(w);
	send(w);
	assert_proofs(w, "002");
	assert_int_equal(open_incidents(w).count, 0);
}

static void incident_grows_cannot_be_closed_by_the_device_and_ends_by_itself(void **state)
{
	struct world *w = *state;
	struct made m = make(w), forged = m;
	uint8_t memory[128], inner[64];
	struct buf record = buf_over(memory, sizeof(memory)), finding = buf_over(inner, sizeof(inner));
	struct open o;

	bind_key(w);
	tell(w, &m);
	strcpy(forged.bytes, "\n\1x");
	forged.len = 3;
	tell(w, &forged);
	tell(w, &forged);
	send(w);
	o = open_incidents(w);
	assert_int_equal(o.count, 1);
	assert_int_equal(o.last.count, 2);
	wire_put_bytes(&finding, 1, (struct str){(const char *)o.last.id, STORE_ID});
	wire_put_int(&finding, 2, 3);
	wire_put_message(&record, 11, buf_str(&finding));
	add_record(w, buf_str(&record));
	send(w);
	assert_int_equal(open_incidents(w).count, 1);
	tell_head(w);
	send(w);
	assert_int_equal(open_incidents(w).count, 1);
	w->clock_us += 86401 * SECOND_US;
	m = make(w);
	tell(w, &m);
	tell_head(w);
	send(w);
	assert_int_equal(open_incidents(w).count, 0);
}

static void let_in_anew(struct world *w, uint8_t kind)
{
	struct log_batch entry = {.kind = kind, .received_us = w->clock_us};

	memcpy(entry.device, device_id, STORE_ID);
	entry.blob = (struct str){(const char *)w->public_key.bytes, STORE_KEY};
	assert_int_equal(log_append(w->store, &entry), ERR_OK);
}

/* The device was reset: its actor has another key, and its chain begins where the old one began. */
static void operator_s_word_begins_another_chain(void **state)
{
	struct world *w = *state;
	struct made m = make(w);
	struct key_der before;

	bind_key(w);
	tell(w, &m);
	tell_head(w);
	m = make(w);
	tell(w, &m);
	send(w);
	assert_proofs(w, "21");
	before = w->key;
	assert_int_equal(key_generate(key_random_kernel, &w->key), ERR_OK);
	assert_int_equal(key_public(&w->key, &w->public_key), ERR_OK);
	let_in_anew(w, LOG_REKEY);
	w->seq = 0;
	memset(w->hash, 0, sizeof(w->hash));
	m = make_as(w, "failed", false);
	tell(w, &m);
	tell_head(w);
	send(w);
	assert_proofs(w, "252");
	/* The same key again changes nothing, and a new device's word of a key does not replace one that is bound. */
	let_in_anew(w, LOG_REKEY);
	w->public_key.bytes[40] ^= 1;
	let_in_anew(w, LOG_KEY);
	w->public_key.bytes[40] ^= 1;
	tell(w, &m);
	m = make(w);
	tell(w, &m);
	tell_head(w);
	send(w);
	assert_proofs(w, "2522");
	assert_int_equal(open_incidents(w).count, 0);
	m = make(w);
	tell(w, &m);
	tell_head_by(w, &before);
	send(w);
	assert_incident(w, "not by the device's receipt key");
}

/* The state that a test begins with says where to keep: NULL in memory, else in SQLite. */
#define BOTH(test)                                                               \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, NULL), \
		cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, (void *)PATH)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(receipts_wait_for_their_signature_and_are_proven_by_it),
		BOTH(signature_that_comes_behind_later_receipts_counts),
		BOTH(changed_receipt_is_seen_by_the_next_one_or_by_the_signature),
		BOTH(forged_receipt_without_a_place_answers_no_order),
		BOTH(refusal_of_the_core_itself_is_unproven_and_no_incident),
		BOTH(forged_receipt_in_the_next_place_is_never_proven),
		BOTH(turn_ends_after_some_signatures),
		BOTH(dropped_receipt_is_an_incident),
		BOTH(moved_receipts_are_an_incident),
		BOTH(signature_of_another_key_proves_nothing),
		BOTH(signatures_that_are_withheld_are_an_incident),
		BOTH(receipts_that_come_again_count_once),
		BOTH(power_cut_is_no_incident),
		BOTH(chain_that_never_was_is_an_incident),
		BOTH(device_that_joined_before_gets_its_key_with_the_first_signature),
		BOTH(operator_s_word_begins_another_chain),
		BOTH(incident_grows_cannot_be_closed_by_the_device_and_ends_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
