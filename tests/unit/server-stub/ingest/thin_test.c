/* SPDX-License-Identifier: Apache-2.0 */
/* Events of low severity leave the log before all else, and nothing else does. */
#include "server-stub/ingest/thin.h"

#include "agent/base/severity.h"
#include "caltrop/v1/link.pb-c.h"
#include "caltrop/v1/record.pb-c.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/ingest.h"
#include "server-stub/store/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "/tmp/caltrop-thin-test.db"
#define KINDS_MAX 4096

static const uint8_t device[STORE_ID] = {1}, spool[STORE_ID] = {3};
static struct store *store;
static struct thin thin;
static uint64_t seq;

/* A letter for each record: a severity's number is an event of it; f, r and h are of the lowest. */
static void tell(const char *records, int64_t received_us)
{
	static uint8_t packed[16][512], bytes[8192];
	static Caltrop__V1__Entry entries[16];
	Caltrop__V1__Entry *list[16];
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	struct log_batch b = {.received_us = received_us};
	struct ingest_counts counts = {0};
	uint8_t id[STORE_ID] = {9};
	uint64_t committed;

	for (; records[batch.n_entries]; batch.n_entries++) {
		size_t i = batch.n_entries;
		char what = records[i];
		Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
		Caltrop__V1__Auth auth = CALTROP__V1__AUTH__INIT;
		Caltrop__V1__Process process = CALTROP__V1__PROCESS__INIT;
		Caltrop__V1__Finding finding = CALTROP__V1__FINDING__INIT;
		Caltrop__V1__Receipt receipt = CALTROP__V1__RECEIPT__INIT;
		Caltrop__V1__Health health = CALTROP__V1__HEALTH__INIT;

		r.severity = what >= '0' && what <= '9' ? (Caltrop__V1__Severity)(what - '0')
							: CALTROP__V1__SEVERITY__INFORMATIONAL;
		finding.incident_id = (ProtobufCBinaryData){STORE_ID, id};
		finding.rule_id = "rule";
		receipt.verb = "ban";
		receipt.result = "done";
		r.auth = &auth;
		r.body_case = CALTROP__V1__RECORD__BODY_AUTH;
		if (what == 'f') {
			r.finding = &finding;
			r.body_case = CALTROP__V1__RECORD__BODY_FINDING;
		} else if (what == 'r') {
			r.receipt = &receipt;
			r.body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
		} else if (what == 'h') {
			r.health = &health;
			r.body_case = CALTROP__V1__RECORD__BODY_HEALTH;
		} else if (i % 2) {
			r.process = &process;
			r.body_case = CALTROP__V1__RECORD__BODY_PROCESS;
		}
		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = ++seq;
		entries[i].record = (ProtobufCBinaryData){caltrop__v1__record__pack(&r, packed[i]), packed[i]};
		list[i] = &entries[i];
	}
	batch.spool_id = (ProtobufCBinaryData){STORE_ID, (uint8_t *)(uintptr_t)spool};
	batch.entries = list;
	memcpy(b.device, device, STORE_ID);
	memcpy(b.spool, spool, STORE_ID);
	b.blob = (struct str){(char *)bytes, caltrop__v1__batch__pack(&batch, bytes)};
	assert_int_equal(ingest_batch(store, &b, &counts, &committed), ERR_OK);
}

static int tear_down(void **state)
{
	(void)state;
	store_close(store);
	store = NULL;
	unlink(PATH);
	unlink(PATH "-wal");
	unlink(PATH "-shm");
	return 0;
}

static int set_up(void **state)
{
	struct registry_device d = {.state = DEVICE_APPROVED};

	(void)tear_down(state);
	seq = 0;
	assert_int_equal(store_create(PATH, (const uint8_t[STORE_FLEET]){1}, &store), ERR_OK);
	memcpy(d.id, device, STORE_ID);
	assert_int_equal(registry_device_put(store, &d), ERR_OK);
	memset(&thin, 0, sizeof(thin));
	thin.store = store;
	return 0;
}

static void run(int64_t older_than_us)
{
	bool more = true;

	while (more)
		assert_int_equal(thin_some(&thin, older_than_us, &more), ERR_OK);
}

/* The sequence numbers that the log has, batches parted by a bar. */
static bool list_each(void *arg, uint64_t position, const struct log_batch *b)
{
	char *out = arg;
	Caltrop__V1__Batch *batch = caltrop__v1__batch__unpack(NULL, b->blob.len, (const uint8_t *)b->blob.data);

	(void)position;
	assert_non_null(batch);
	assert_int_equal(batch->n_entries, b->count);
	for (size_t i = 0; i < batch->n_entries; i++)
		snprintf(out + strlen(out), KINDS_MAX - strlen(out), "%u ", (unsigned)batch->entries[i]->seq);
	snprintf(out + strlen(out), KINDS_MAX - strlen(out), "| ");
	caltrop__v1__batch__free_unpacked(batch, NULL);
	return true;
}

static const char *kept(void)
{
	static char out[KINDS_MAX];

	out[0] = '\0';
	assert_int_equal(log_list(store, NULL, false, 0, STORE_PAGE_MAX, list_each, out), ERR_OK);
	return out;
}

static void only_low_events_go_and_only_old_ones(void **state)
{
	(void)state;
	tell("0123456", 100);
	tell("112", 200);
	tell("1f1r1h1", 300);
	tell("345", 400);
	tell("111", 500);
	run(500);
	assert_string_equal(kept(), "4 5 6 7 | 12 14 16 | 18 19 20 | 21 22 23 | ");
	assert_int_equal(thin.removed, 3 + 3 + 4);
	/* The last batch, when it is old too; nothing is looked at twice. */
	run(501);
	assert_string_equal(kept(), "4 5 6 7 | 12 14 16 | 18 19 20 | ");
	assert_int_equal(thin.removed, 13);
}

static void what_was_taken_out_is_not_taken_in_again(void **state)
{
	struct ingest_counts counts = {0};
	uint64_t committed;

	(void)state;
	tell("1111", 100);
	run(200);
	assert_string_equal(kept(), "");
	assert_int_equal(log_committed(store, device, spool, &committed), ERR_OK);
	assert_int_equal(committed, 4);
	assert_int_equal(counts.records, 0);
	tell("3", 300);
	assert_string_equal(kept(), "5 | ");
}

static void views_are_made_anew_from_what_is_left(void **state)
{
	struct follow follow = {.rejected = 0};
	struct views_incident before, after;
	const uint8_t id[STORE_ID] = {9};

	(void)state;
	/* What is between their members is compared, too. */
	memset(&before, 0, sizeof(before));
	memset(&after, 0, sizeof(after));
	follow.store = store;
	tell("1f1", 100);
	tell("11f", 200);
	assert_int_equal(follow_all(&follow), ERR_OK);
	assert_int_equal(views_incident_of(store, device, id, &before), ERR_OK);
	run(1000);
	assert_int_equal(views_clear(store), ERR_OK);
	assert_int_equal(follow_all(&follow), ERR_OK);
	assert_int_equal(views_incident_of(store, device, id, &after), ERR_OK);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(follow.rejected, 0);
}

static void many_batches_are_many_transactions(void **state)
{
	bool more = true;
	unsigned turns = 0;

	(void)state;
	assert_int_equal(store_begin(store), ERR_OK);
	for (unsigned i = 0; i < 3 * THIN_BATCHES; i++)
		tell(i % 100 ? "12" : "13", 100);
	assert_int_equal(store_commit(store), ERR_OK);
	for (; more; turns++)
		assert_int_equal(thin_some(&thin, 200, &more), ERR_OK);
	assert_in_range(turns, 3, 4);
	assert_int_equal(thin.removed, 2 * 3 * THIN_BATCHES - 8);
	/* It goes on where it was after a restart. */
	tell("1", 100);
	memset(&thin, 0, sizeof(thin));
	thin.store = store;
	run(200);
	assert_int_equal(thin.removed, 1);
}

static void rubbish_stays_as_it_is(void **state)
{
	static char memory[512];
	static const struct str wrongs[] = {
		{"", 0},
		{"\xff", 1},
		{"\x12\x05\x08\x01", 4},
		{"\x12\x02\x08\x01", 4},
		{"\x12\x04\x08\x01\x12\x00\xff", 7},
		{"\x12\x06\x08\x01\x12\x02\xff\xff", 8},
	};
	uint32_t left, gone;

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct buf out = buf_over(memory, sizeof(memory));

		thin_batch(wrongs[i], &out, &left, &gone);
		assert_int_equal(gone, 0);
	}
	/* What does not fit either. */
	struct buf small = buf_over(memory, 3);

	thin_batch(STR("\x0a\x02xx\x12\x04\x08\x01\x12\x00"), &small, &left, &gone);
	assert_int_equal(gone, 0);
	struct buf enough = buf_over(memory, sizeof(memory));

	thin_batch(STR("\x0a\x02xx\x12\x04\x08\x01\x12\x00"), &enough, &left, &gone);
	assert_int_equal(gone, 1);
	assert_int_equal(left, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_low_events_go_and_only_old_ones),
		TEST(what_was_taken_out_is_not_taken_in_again),
		TEST(views_are_made_anew_from_what_is_left),
		TEST(many_batches_are_many_transactions),
		TEST(rubbish_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
