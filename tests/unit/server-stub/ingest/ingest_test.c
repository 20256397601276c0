/* SPDX-License-Identifier: Apache-2.0 */
#include "server-stub/ingest/content.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/ingest.h"
#include "server-stub/store/registry.h"

#include "caltrop/v1/link.pb-c.h"
#include "caltrop/v1/record.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct store *store;
	struct log_batch batch;
	struct ingest_counts counts;
	unsigned receipts, incidents; /* news */
	uint64_t committed;
	uint8_t bytes[65536]; /* of the batch */
	size_t len;
};

static uint8_t device_id[STORE_ID] = {1}, other_id[STORE_ID] = {2}, spool_id[STORE_ID] = {3};
static uint8_t incident_id[STORE_ID] = {4}, order_id[STORE_ID] = {5};

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define BYTES(literal) ((ProtobufCBinaryData){sizeof(literal) - 1, (uint8_t *)TEXT(literal)})
#define ID(id) ((ProtobufCBinaryData){STORE_ID, (id)})

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct registry_device d = {.state = DEVICE_APPROVED};

	assert_int_equal(store_open(NULL, NULL, &w->store), ERR_OK);
	memcpy(d.id, device_id, STORE_ID);
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	free(w);
	return 0;
}

/* The batch so far is a Batch message: messages grow by what is appended to them. */
static void begin(struct world *w)
{
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;

	memset(&w->batch, 0, sizeof(w->batch));
	memcpy(w->batch.device, device_id, STORE_ID);
	memcpy(w->batch.spool, spool_id, STORE_ID);
	w->batch.received_us = 1234;
	batch.spool_id = ID(spool_id);
	w->len = caltrop__v1__batch__pack(&batch, w->bytes);
}

static void add_bytes(struct world *w, uint64_t seq, ProtobufCBinaryData record)
{
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	Caltrop__V1__Entry entry = CALTROP__V1__ENTRY__INIT;
	Caltrop__V1__Entry *list[] = {&entry};

	entry.seq = seq;
	entry.record = record;
	batch.n_entries = 1;
	batch.entries = list;
	w->len += caltrop__v1__batch__pack(&batch, w->bytes + w->len);
}

static void add(struct world *w, uint64_t seq, const Caltrop__V1__Record *record)
{
	uint8_t packed[8192];

	add_bytes(w, seq, (ProtobufCBinaryData){caltrop__v1__record__pack(record, packed), packed});
}

static void add_auth(struct world *w, uint64_t seq)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Auth auth = CALTROP__V1__AUTH__INIT;

	auth.service = TEXT("sshd");
	auth.src = TEXT("192.0.2.1");
	record.wall_us = (int64_t)seq;
	record.body_case = CALTROP__V1__RECORD__BODY_AUTH;
	record.auth = &auth;
	add(w, seq, &record);
}

static void add_finding(struct world *w, uint64_t seq, Caltrop__V1__Finding *finding)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;

	finding->incident_id = ID(incident_id);
	record.severity = CALTROP__V1__SEVERITY__HIGH;
	record.body_case = CALTROP__V1__RECORD__BODY_FINDING;
	record.finding = finding;
	add(w, seq, &record);
}

static void add_receipt(struct world *w, uint64_t seq, const char *result, const char *text)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;

	receipt.order_id = ID(order_id);
	receipt.result = TEXT(result);
	receipt.text = TEXT(text);
	record.wall_us = 99;
	record.body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
	record.receipt = &receipt;
	add(w, seq, &record);
}

static void on_receipt(void *context, const struct views_receipt *receipt)
{
	((struct world *)context)->receipts += receipt->order_id[0] == order_id[0];
}

static void on_incident(void *context, const struct views_incident *incident)
{
	((struct world *)context)->incidents += incident->id[0] == incident_id[0];
}

static enum err ingest(struct world *w)
{
	struct follow follow = {.store = w->store,
				.news = {.context = w, .receipt = on_receipt, .incident = on_incident}};
	/* Exactly its size, so that the sanitizer sees a read past the end. */
	char *exact = malloc(w->len);
	enum err err;

	memcpy(exact, w->bytes, w->len);
	w->batch.blob = (struct str){exact, w->len};
	err = ingest_batch(w->store, &w->batch, &w->counts, &w->committed);
	assert_int_equal(follow_all(&follow), ERR_OK);
	w->counts.rejected += follow.rejected;
	free(exact);
	return err;
}

static bool sum(void *arg, uint64_t rowid, const struct log_batch *b)
{
	Caltrop__V1__Batch *batch = caltrop__v1__batch__unpack(NULL, b->blob.len, (const uint8_t *)b->blob.data);
	uint64_t *seqs = arg;

	(void)rowid;
	assert_non_null(batch);
	assert_int_equal(batch->n_entries, b->count);
	assert_int_equal(batch->entries[0]->seq, b->first_seq);
	assert_int_equal(batch->entries[b->count - 1]->seq, b->last_seq);
	for (size_t i = 0; i < batch->n_entries; i++)
		*seqs |= UINT64_C(1) << batch->entries[i]->seq;
	caltrop__v1__batch__free_unpacked(batch, NULL);
	return true;
}

static uint64_t stored(struct world *w)
{
	uint64_t seqs = 0;

	assert_int_equal(log_list(w->store, NULL, false, 0, 1000, sum, &seqs), ERR_OK);
	return seqs;
}

static void batch_is_stored_as_it_came(void **state)
{
	struct world *w = *state;

	begin(w);
	for (uint64_t i = 1; i <= 10; i++)
		add_auth(w, i);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(w->committed, 10);
	assert_int_equal(w->counts.records, 10);
	assert_int_equal(stored(w), 0x7fe);
}

static void resend_is_stored_once(void **state)
{
	struct world *w = *state;

	begin(w);
	add_auth(w, 1);
	add_auth(w, 2);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(w->committed, 2);
	assert_int_equal(w->counts.records, 2);
	assert_int_equal(w->counts.duplicates, 2);
	begin(w);
	add_auth(w, 2);
	add_auth(w, 3);
	add_auth(w, 7);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(w->committed, 7);
	assert_int_equal(w->counts.records, 4);
	assert_int_equal(w->counts.duplicates, 3);
	assert_int_equal(stored(w), 0x8e);
	begin(w);
	add_auth(w, 1);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(w->committed, 7);
}

static void resend_is_folded_once(void **state)
{
	struct world *w = *state;

	begin(w);
	add_receipt(w, 1, "done", "");
	assert_int_equal(ingest(w), ERR_OK);
	add_receipt(w, 2, "done", "");
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(w->counts.receipts, 2);
}

static void finding_becomes_an_incident_and_changes_it(void **state)
{
	struct world *w = *state;
	Caltrop__V1__Finding finding = CALTROP__V1__FINDING__INIT, update = CALTROP__V1__FINDING__INIT;
	char *tags[] = {TEXT("attack.t1110.001"), TEXT("attack.credential_access")};
	ProtobufCBinaryData evidence[] = {BYTES("line one"), BYTES("line\ntwo \x1b[0m")};
	struct views_incident i;

	finding.state = CALTROP__V1__FINDING__STATE__OPENED;
	finding.rule_id = TEXT("brute");
	finding.title = TEXT("Brute force");
	finding.author = TEXT("Caltrop");
	finding.src = TEXT("192.0.2.1");
	finding.user = BYTES("root\x01");
	finding.count = 5;
	finding.n_tags = 2;
	finding.tags = tags;
	finding.n_evidence = 2;
	finding.evidence = evidence;
	finding.first_wall_us = 10;
	finding.last_wall_us = 20;
	begin(w);
	add_finding(w, 1, &finding);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, incident_id, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_OPEN);
	assert_int_equal(i.severity, 4);
	assert_string_equal(i.title, "Brute force");
	assert_string_equal(i.user, "root?");
	assert_string_equal(i.tags, "attack.t1110.001,attack.credential_access");
	assert_string_equal(i.evidence, "line one\nline?two ?[0m");
	assert_int_equal(i.first_us, 10);
	assert_int_equal(i.received_us, 1234);
	assert_int_equal(i.count, 5);
	update.state = CALTROP__V1__FINDING__STATE__CLOSED;
	update.count = 9;
	update.last_wall_us = 30;
	begin(w);
	add_finding(w, 2, &update);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, incident_id, &i), ERR_OK);
	assert_int_equal(i.state, INCIDENT_CLOSED);
	assert_int_equal(i.count, 9);
	assert_int_equal(i.first_us, 10);
	assert_int_equal(i.last_us, 30);
	assert_string_equal(i.title, "Brute force");
	assert_string_equal(i.evidence, "line one\nline?two ?[0m");
	assert_int_equal(w->incidents, 2);
	assert_int_equal(w->counts.findings, 2);
}

/* A device whose clock or memory is broken: the views hold what can be shown and computed with. */
static void numbers_of_a_device_are_clamped(void **state)
{
	struct world *w = *state;
	Caltrop__V1__Finding finding = CALTROP__V1__FINDING__INIT;
	struct views_incident i;

	finding.state = CALTROP__V1__FINDING__STATE__OPENED;
	finding.rule_id = TEXT("brute");
	finding.count = UINT32_MAX;
	finding.first_wall_us = INT64_MIN;
	finding.last_wall_us = INT64_MAX;
	begin(w);
	add_finding(w, 1, &finding);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(views_incident_of(w->store, device_id, incident_id, &i), ERR_OK);
	assert_int_equal(i.first_us, 0);
	assert_int_equal(i.last_us, CONTENT_WALL_MAX_US);
	assert_int_equal(i.count, UINT32_MAX);
}

static void put_order(struct world *w, uint8_t *device)
{
	struct registry_order order = {.not_after_s = 100};

	memcpy(order.id, order_id, STORE_ID);
	assert_int_equal(registry_order_put(w->store, &order, (const uint8_t(*)[STORE_ID])device, 1), ERR_OK);
}

static void receipt_ends_its_order_on_this_device(void **state)
{
	struct world *w = *state;
	struct registry_target t;

	put_order(w, device_id);
	begin(w);
	add_receipt(w, 1, "done", "192.0.2.1 is banned");
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(registry_target_get(w->store, order_id, device_id, &t), ERR_OK);
	assert_int_equal(t.state, TARGET_DONE);
	assert_string_equal(t.text, "192.0.2.1 is banned");
	assert_int_equal(t.updated_us, 1234);
	assert_int_equal(w->receipts, 1);
	/* The order came twice and its second coming was refused: it is done all the same. */
	begin(w);
	add_receipt(w, 2, "refused", "seen before");
	add_receipt(w, 3, "reverted", "the ban ended");
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(registry_target_get(w->store, order_id, device_id, &t), ERR_OK);
	assert_int_equal(t.state, TARGET_DONE);
}

static void receipts_results_are_told_apart(void **state)
{
	static const struct {
		const char *result;
		uint8_t state;
	} cases[] = {
		{"already", TARGET_DONE},  {"refused", TARGET_REFUSED},	 {"observed", TARGET_DONE},
		{"failed", TARGET_FAILED}, {"reverted", TARGET_PENDING}, {"", TARGET_PENDING},
	};
	struct world *w = *state;

	for (uint8_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct registry_target t;

		order_id[1] = (uint8_t)(i + 1);
		put_order(w, device_id);
		begin(w);
		add_receipt(w, 1u + i, cases[i].result, "");
		assert_int_equal(ingest(w), ERR_OK);
		assert_int_equal(registry_target_get(w->store, order_id, device_id, &t), ERR_OK);
		assert_int_equal(t.state, cases[i].state);
	}
	order_id[1] = 0;
}

static bool no_link(void *arg, const struct views_receipt *r)
{
	static const uint8_t none[STORE_ID];

	assert_memory_equal(r->order_id, none, STORE_ID);
	assert_memory_equal(r->device, device_id, STORE_ID);
	++*(unsigned *)arg;
	return true;
}

static void device_cannot_answer_for_another(void **state)
{
	struct world *w = *state;
	struct registry_target t;
	unsigned count = 0;

	put_order(w, other_id);
	begin(w);
	add_receipt(w, 1, "done", "a lie");
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(registry_target_get(w->store, order_id, other_id, &t), ERR_OK);
	assert_int_equal(t.state, TARGET_PENDING);
	assert_int_equal(registry_target_get(w->store, order_id, device_id, &t), ERR_NOT_FOUND);
	assert_int_equal(views_receipt_list(w->store, NULL, NULL, 10, no_link, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(w->receipts, 0);
}

static void health_is_kept_with_the_device(void **state)
{
	struct world *w = *state;
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Health health = CALTROP__V1__HEALTH__INIT;
	char *problems[] = {TEXT("the disk is full"), TEXT("auth.log is missing")};
	struct registry_device d;
	struct views_health kept;

	health.n_problems = 2;
	health.problems = problems;
	record.body_case = CALTROP__V1__RECORD__BODY_HEALTH;
	record.health = &health;
	begin(w);
	add(w, 1, &record);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(registry_device_get(w->store, device_id, &d), ERR_OK);
	assert_string_equal(d.problems, "the disk is full; auth.log is missing");
	assert_int_equal(views_health_get(w->store, device_id, &kept), ERR_OK);
	assert_int_equal(kept.len, caltrop__v1__health__get_packed_size(&health));
	health.n_problems = 0;
	begin(w);
	add(w, 2, &record);
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(registry_device_get(w->store, device_id, &d), ERR_OK);
	assert_string_equal(d.problems, "");
}

static void expect_refused(struct world *w)
{
	uint64_t seq;

	assert_int_equal(ingest(w), ERR_PROTOCOL);
	assert_int_equal(stored(w), 0);
	assert_int_equal(log_committed(w->store, device_id, spool_id, &seq), ERR_OK);
	assert_int_equal(seq, 0);
}

static void bad_batch_stores_nothing(void **state)
{
	struct world *w = *state;

	begin(w);
	expect_refused(w); /* empty */
	add_auth(w, 1);
	add_bytes(w, 2, BYTES("\x0a"));
	expect_refused(w); /* a record that is no message */
	begin(w);
	add_bytes(w, 1, BYTES("\x52\x02\x0a\x05"));
	expect_refused(w); /* nor its body */
	begin(w);
	add_bytes(w, 1, BYTES("\x52\x00\x5a\x00"));
	expect_refused(w); /* two bodies */
	begin(w);
	add_bytes(w, 1, BYTES("\x52\x00\x8a\x01\x00"));
	expect_refused(w); /* also when one is of a kind that has joined later */
	begin(w);
	add_bytes(w, 1, BYTES("\x8a\x01\x02\x0a\x05"));
	expect_refused(w); /* whose message is no message */
	begin(w);
	add_auth(w, 2);
	add_auth(w, 2);
	expect_refused(w);
	begin(w);
	add_auth(w, 0);
	expect_refused(w);
	begin(w);
	add_auth(w, UINT64_MAX);
	expect_refused(w);
	begin(w);
	add_auth(w, 1);
	w->len--;
	expect_refused(w);
	begin(w);
	add_auth(w, 1);
	w->batch.spool[0] ^= 1;
	expect_refused(w);
	assert_true(w->counts.rejected >= 9);
	assert_int_equal(w->counts.records, 0);
}

static void records_of_later_versions_are_kept(void **state)
{
	struct world *w = *state;

	begin(w);
	add_bytes(w, 1, BYTES("\xa2\x06\x03xyz"));
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(stored(w), 2);
}

static bool no_incident(void *arg, uint64_t rowid, const struct views_incident *i)
{
	(void)arg;
	(void)rowid;
	(void)i;
	fail_msg("there is an incident");
	return false;
}

static void finding_without_an_id_is_only_a_record(void **state)
{
	struct world *w = *state;

	begin(w);
	add_bytes(w, 1, BYTES("\x5a\x03\x0a\x01x"));
	assert_int_equal(ingest(w), ERR_OK);
	assert_int_equal(w->counts.records, 1);
	assert_int_equal(w->counts.rejected, 1);
	assert_int_equal(views_incident_list(w->store, 0, NULL, 0, 10, no_incident, NULL), ERR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(batch_is_stored_as_it_came),
		TEST(resend_is_stored_once),
		TEST(resend_is_folded_once),
		TEST(finding_becomes_an_incident_and_changes_it),
		TEST(numbers_of_a_device_are_clamped),
		TEST(receipt_ends_its_order_on_this_device),
		TEST(receipts_results_are_told_apart),
		TEST(device_cannot_answer_for_another),
		TEST(health_is_kept_with_the_device),
		TEST(bad_batch_stores_nothing),
		TEST(records_of_later_versions_are_kept),
		TEST(finding_without_an_id_is_only_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
