/* SPDX-License-Identifier: Apache-2.0 */
/* A digest never hides a record, and seldom lets one be looked for in vain. */
#include "server-stub/search/digest.h"

#include "caltrop/v1/link.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOB_MAX (1 << 20)
#define STRANGERS 10000

static struct digest *d;
static uint8_t blob[BLOB_MAX];

static int set_up(void **state)
{
	(void)state;
	d = malloc(digest_size());
	assert_non_null(d);
	digest_begin(d, 41);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(d);
	return 0;
}

static ProtobufCBinaryData data(const char *text)
{
	return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

/* One batch of that many copies of a record. */
static bool add(uint64_t position, const Caltrop__V1__Record *record, unsigned count)
{
	static uint8_t bytes[4096];
	static Caltrop__V1__Entry entries[2000];
	static Caltrop__V1__Entry *pointers[2000];
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	struct log_batch b = {.device = {7}, .received_us = 500};
	size_t len = caltrop__v1__record__pack(record, bytes);

	for (unsigned i = 0; i < count; i++) {
		caltrop__v1__entry__init(&entries[i]);
		entries[i].seq = i + 1;
		entries[i].record = (ProtobufCBinaryData){len, bytes};
		pointers[i] = &entries[i];
	}
	batch.n_entries = count;
	batch.entries = pointers;
	assert_true(caltrop__v1__batch__get_packed_size(&batch) <= sizeof(blob));
	b.blob = (struct str){(char *)blob, caltrop__v1__batch__pack(&batch, blob)};
	return digest_add(d, position, &b);
}

static bool may(const struct log_digest *run, enum facet_name name, const char *text)
{
	return digest_may_have(run->bits, digest_hash(&(struct facet){name, str_from(text), 0}));
}

static bool may_number(const struct log_digest *run, enum facet_name name, uint32_t number)
{
	return digest_may_have(run->bits, digest_hash(&(struct facet){name, STR_NONE, number}));
}

static bool add_auth(uint64_t position, int64_t wall_us)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Auth a = CALTROP__V1__AUTH__INIT;

	a.service = "sshd";
	a.outcome = "failure";
	a.user = data("Root");
	a.src = "2001:db8::A";
	a.src_host = "Evil.Example";
	a.pid = 815;
	r.wall_us = wall_us;
	r.body_case = CALTROP__V1__RECORD__BODY_AUTH;
	r.auth = &a;
	return add(position, &r, 1);
}

static void it_has_every_facet_of_its_records(void **state)
{
	const uint8_t device[STORE_ID] = {7};
	struct log_digest run;

	(void)state;
	assert_false(add_auth(50, 1000));
	assert_false(add_auth(53, 900));
	digest_end(d, &run);
	assert_int_equal(run.first, 42);
	assert_int_equal(run.last, 53);
	assert_int_equal(run.received_us, 500);
	assert_int_equal(run.wall_from_us, 900);
	assert_int_equal(run.wall_to_us, 1000);
	assert_true(may(&run, FACET_SRC, "2001:db8::a"));
	assert_true(may(&run, FACET_SRC, "evil.example"));
	assert_true(may(&run, FACET_USER, "Root"));
	assert_true(may(&run, FACET_OUTCOME, "failure"));
	assert_true(may(&run, FACET_PROGRAM, "sshd"));
	assert_true(may_number(&run, FACET_PID, 815));
	assert_true(may_number(&run, FACET_KIND, CALTROP__V1__RECORD__BODY_AUTH));
	assert_true(digest_may_have(run.bits,
				    digest_hash(&(struct facet){FACET_DEVICE, {(const char *)device, STORE_ID}, 0})));
	/* The same text as another facet, and other cases where they count. */
	assert_false(may(&run, FACET_USER, "sshd"));
	assert_false(may(&run, FACET_USER, "root"));
	assert_false(may(&run, FACET_RULE, "sshd"));
	assert_false(may_number(&run, FACET_PID, 816));
	assert_false(may_number(&run, FACET_KIND, CALTROP__V1__RECORD__BODY_PROCESS));
}

static void program_is_there_by_each_end_of_its_path(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Finding f = CALTROP__V1__FINDING__INIT;
	struct log_digest run;

	(void)state;
	f.rule_id = "brute_force";
	f.state = CALTROP__V1__FINDING__STATE__REOPENED;
	f.subject_kind = "process";
	f.subject = data("/usr/bin/nc[4711]");
	r.body_case = CALTROP__V1__RECORD__BODY_FINDING;
	r.finding = &f;
	(void)add(50, &r, 1);
	digest_end(d, &run);
	assert_true(may(&run, FACET_PROGRAM, "/usr/bin/nc"));
	assert_true(may(&run, FACET_PROGRAM, "usr/bin/nc"));
	assert_true(may(&run, FACET_PROGRAM, "bin/nc"));
	assert_true(may(&run, FACET_PROGRAM, "nc"));
	assert_true(may(&run, FACET_PROGRAM, "4711"));
	assert_true(may(&run, FACET_RULE, "brute_force"));
	assert_true(may(&run, FACET_OUTCOME, "reopened"));
	assert_false(may(&run, FACET_PROGRAM, "/bin/nc"));
	assert_false(may(&run, FACET_PROGRAM, "c"));
}

static void what_is_not_there_is_seldom_looked_for(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Process p = CALTROP__V1__PROCESS__INIT;
	struct log_digest run;
	unsigned wrong = 0;
	char text[32];

	(void)state;
	r.body_case = CALTROP__V1__RECORD__BODY_PROCESS;
	r.process = &p;
	for (unsigned i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "/usr/bin/tool%u", i);
		p.image = data(text);
		p.pid = i + 1;
		(void)add(50 + i, &r, 1);
	}
	digest_end(d, &run);
	for (unsigned i = 0; i < STRANGERS; i++) {
		snprintf(text, sizeof(text), "stranger%u", i);
		wrong += may(&run, FACET_USER, text);
	}
	assert_in_range(wrong, 0, STRANGERS / 250);
	for (unsigned i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "tool%u", i);
		assert_true(may(&run, FACET_PROGRAM, text));
		assert_true(may_number(&run, FACET_PID, i + 1));
	}
}

static bool may_both(const struct log_digest *run, const struct facet *a, const struct facet *b)
{
	assert_int_equal(digest_pair_hash(a, b), digest_pair_hash(b, a));
	return digest_may_have(run->pairs, digest_pair_hash(a, b));
}

static void pairs_are_of_one_record(void **state)
{
	const struct facet kind = {FACET_KIND, STR_NONE, CALTROP__V1__RECORD__BODY_AUTH},
			   other_kind = {FACET_KIND, STR_NONE, CALTROP__V1__RECORD__BODY_PROCESS},
			   user = {FACET_USER, STR("Root"), 0}, other = {FACET_USER, STR("daemon"), 0},
			   src = {FACET_SRC, STR("2001:db8::a"), 0}, host = {FACET_SRC, STR("evil.example"), 0},
			   program = {FACET_PROGRAM, STR("cron"), 0}, rule = {FACET_RULE, STR("Root"), 0};
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Process p = CALTROP__V1__PROCESS__INIT;
	struct log_digest run;

	(void)state;
	p.image = data("/usr/sbin/cron");
	p.user = "daemon";
	p.pid = 1;
	r.body_case = CALTROP__V1__RECORD__BODY_PROCESS;
	r.process = &p;
	(void)add_auth(50, 1);
	(void)add(51, &r, 1);
	digest_end(d, &run);
	assert_true(may_both(&run, &kind, &user));
	assert_true(may_both(&run, &src, &user));
	assert_true(may_both(&run, &user, &host));
	assert_true(may_both(&run, &other_kind, &other));
	assert_true(may_both(&run, &program, &other));
	/* Both are there, but not together. */
	assert_false(may_both(&run, &kind, &other));
	assert_false(may_both(&run, &program, &user));
	assert_false(may_both(&run, &other, &src));
	assert_false(may_both(&run, &rule, &src));
	assert_false(digest_pairs(FACET_PID) || digest_pairs(FACET_DEVICE));
}

/* As of a store of an earlier version. */
static void run_without_pairs_hides_nothing(void **state)
{
	const struct facet user = {FACET_USER, STR("root"), 0}, rule = {FACET_RULE, STR("rule"), 0};
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	struct log_digest run = {.pairs = STR_NONE};

	(void)state;
	assert_true(may_both(&run, &user, &rule));
	(void)add(50, &r, 1);
	digest_end(d, &run);
	assert_false(may_both(&run, &user, &rule));
}

static void run_ends_by_its_records_and_by_its_batches(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	unsigned batches = 1;

	(void)state;
	assert_false(add(1, &r, DIGEST_RECORDS - 1));
	assert_true(add(2, &r, 1));
	digest_begin(d, 2);
	while (!add(2 + batches, &r, 1))
		batches++;
	assert_int_equal(batches, DIGEST_BATCHES);
}

static void more_facets_than_it_can_take_hide_nothing(void **state)
{
	Caltrop__V1__Record r = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Process p = CALTROP__V1__PROCESS__INIT;
	static char path[2001];
	struct log_digest run;

	(void)state;
	r.body_case = CALTROP__V1__RECORD__BODY_PROCESS;
	r.process = &p;
	/* Each end of a path with a thousand slashes is one, of which the front counts. */
	for (unsigned i = 0; i < 60; i++) {
		for (unsigned k = 0; k < 2000; k += 2)
			memcpy(path + k, (const char[]){'/', (char)('A' + i)}, 2);
		p.image = data(path);
		(void)add(50 + i, &r, 1);
	}
	digest_end(d, &run);
	assert_int_equal(run.bits.len, 0);
	assert_true(may(&run, FACET_USER, "anybody"));
	assert_int_equal(run.pairs.len, 0);
	/* The next one begins anew. */
	digest_begin(d, 90);
	(void)add_auth(91, 1);
	digest_end(d, &run);
	assert_in_range(run.bits.len, 1, 64);
	assert_false(may(&run, FACET_USER, "anybody"));
}

static void what_does_not_unpack_is_passed_over(void **state)
{
	struct log_batch b = {.device = {7}, .blob = STR("\xff\xff\xff rubbish")};
	struct log_digest run;

	(void)state;
	assert_false(digest_add(d, 50, &b));
	b.blob = STR("\x12\x06\x08\x01\x12\x02\xff\xff");
	assert_false(digest_add(d, 51, &b));
	digest_end(d, &run);
	assert_int_equal(run.last, 51);
	assert_true(run.wall_from_us > run.wall_to_us);
	assert_false(may(&run, FACET_USER, "root"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_has_every_facet_of_its_records),
		TEST(program_is_there_by_each_end_of_its_path),
		TEST(what_is_not_there_is_seldom_looked_for),
		TEST(run_ends_by_its_records_and_by_its_batches),
		TEST(pairs_are_of_one_record),
		TEST(run_without_pairs_hides_nothing),
		TEST(more_facets_than_it_can_take_hide_nothing),
		TEST(what_does_not_unpack_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
