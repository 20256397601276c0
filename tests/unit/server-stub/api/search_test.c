/* SPDX-License-Identifier: Apache-2.0 */
/* A search that skips by digests finds the same as one that reads the whole log. */
#include "server-stub/api/search.h"

#include "caltrop/v1/link.pb-c.h"
#include "server-stub/api/call.h"
#include "server-stub/api/hint.h"
#include "server-stub/api/names.h"
#include "server-stub/search/digest.h"
#include "server-stub/store/registry.h"
#include "tests/bench/load/load_history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#define PATH "/tmp/caltrop-search-test.db"
#define RECORDS 30000
#define DEVICES 20
#define FOUND_MAX 40000
#define CALLS_MAX 200
#define END_US (INT64_C(1795348800) * 1000000)
#define DAY_US (INT64_C(86400) * 1000000)

static struct api *api;

struct found {
	unsigned count, calls, batches;
	uint64_t places[FOUND_MAX]; /* position and entry */
	const struct record_filter *filter;
};

static int tear_down(void **state)
{
	static const char *const files[] = {PATH, PATH "-wal", PATH "-shm"};

	(void)state;
	if (api) {
		store_close(api->env.store);
		free(api->names);
		free(api);
	}
	api = NULL;
	for (unsigned i = 0; i < 3; i++)
		unlink(files[i]);
	return 0;
}

static int set_up(void **state)
{
	const struct load_history history = {RECORDS, DEVICES, END_US};

	(void)tear_down(state);
	api = calloc(1, sizeof(*api));
	assert_non_null(api);
	api->names = calloc(NAMES_MAX, sizeof(*api->names));
	assert_non_null(api->names);
	assert_int_equal(store_create(PATH, (const uint8_t[STORE_FLEET]){1}, &api->env.store), ERR_OK);
	load_history_fill(api->env.store, &history);
	return 0;
}

static bool look(void *arg, uint64_t position, const struct log_batch *b)
{
	struct found *f = arg;
	Caltrop__V1__Batch *batch = caltrop__v1__batch__unpack(NULL, b->blob.len, (const uint8_t *)b->blob.data);

	assert_non_null(batch);
	f->batches++;
	for (size_t i = batch->n_entries; i-- > 0;) {
		const ProtobufCBinaryData bytes = batch->entries[i]->record;
		Caltrop__V1__Record *r = caltrop__v1__record__unpack(NULL, bytes.len, bytes.data);

		assert_non_null(r);
		if (record_matches(f->filter, r)) {
			assert_true(hint_record(f->filter, (struct str){(const char *)bytes.data, bytes.len}));
			assert_true(f->count < FOUND_MAX);
			f->places[f->count++] = position << 16 | i;
		}
		caltrop__v1__record__free_unpacked(r, NULL);
	}
	caltrop__v1__batch__free_unpacked(batch, NULL);
	return true;
}

/* All pages of a search. */
static void find(const struct record_filter *filter, struct found *out)
{
	struct search s = {.api = api, .filter = filter, .each = look, .arg = out};

	memset(out, 0, sizeof(*out));
	out->filter = filter;
	do {
		uint64_t before = s.before;

		assert_int_equal(search_newest(&s), ERR_OK);
		assert_true(++out->calls < CALLS_MAX);
		assert_true(!s.more || before == 0 || s.reached < before);
		s.before = s.reached;
	} while (s.more);
}

struct maker {
	struct digest *digest;
	struct store *store;
	uint64_t read;
	bool is_whole;
};

static bool feed(void *arg, uint64_t position, const struct log_batch *b)
{
	struct maker *m = arg;

	m->read = position;
	m->is_whole = digest_add(m->digest, position, b);
	return !m->is_whole;
}

static unsigned make_digests(void)
{
	struct maker m = {malloc(digest_size()), api->env.store, 0, true};
	struct log_digest run;
	unsigned count = 0;

	assert_non_null(m.digest);
	digest_begin(m.digest, 0);
	for (;; count++) {
		m.is_whole = false;
		assert_int_equal(log_list(api->env.store, NULL, false, m.read, 1000, feed, &m), ERR_OK);
		if (!m.is_whole)
			break;
		digest_end(m.digest, &run);
		assert_int_equal(log_digest_put(api->env.store, &run), ERR_OK);
		digest_begin(m.digest, run.last);
	}
	free(m.digest);
	return count;
}

static struct record_filter filters(unsigned number, bool *is_there)
{
	struct record_filter f = {.kind = 0};
	struct registry_device device;

	*is_there = true;
	switch (number) {
	case 0: f.kind = CALTROP__V1__RECORD__BODY_FINDING; break;
	case 1: snprintf(f.src, sizeof(f.src), LOAD_HISTORY_RARE_SRC); break;
	case 2: snprintf(f.user, sizeof(f.user), LOAD_HISTORY_RARE); break;
	case 3: snprintf(f.user, sizeof(f.user), "user3"); break;
	case 4: snprintf(f.process, sizeof(f.process), LOAD_HISTORY_RARE); break;
	case 5: snprintf(f.process, sizeof(f.process), LOAD_HISTORY_RARE_PID); break;
	case 6: snprintf(f.process, sizeof(f.process), "bin/tool50"); break;
	case 7: snprintf(f.rule, sizeof(f.rule), "rule_2"); break;
	case 8: snprintf(f.rule, sizeof(f.rule), LOAD_HISTORY_RARE); break;
	case 9: snprintf(f.outcome, sizeof(f.outcome), "success"); break;
	case 10: snprintf(f.group, sizeof(f.group), "site-3"); break;
	case 11: f.until_us = END_US - 20 * DAY_US; break;
	case 12: f.since_us = END_US - DAY_US; break;
	case 13:
		f.since_us = END_US - 12 * DAY_US;
		f.until_us = END_US - 11 * DAY_US;
		snprintf(f.user, sizeof(f.user), "user0");
		break;
	case 14:
		assert_int_equal(registry_device_find(api->env.store, "edge-004", &device), ERR_OK);
		f.has_device = true;
		memcpy(f.device, device.id, STORE_ID);
		break;
	case 15:
		f = filters(14, is_there);
		snprintf(f.process, sizeof(f.process), "tool5");
		break;
	case 16: load_history_src(1000, f.src); break;
	case 17:
		snprintf(f.user, sizeof(f.user), "user0");
		snprintf(f.outcome, sizeof(f.outcome), "success");
		f.kind = CALTROP__V1__RECORD__BODY_AUTH;
		break;
	case 18: /* each of both is in every run, and no record has both */
		*is_there = false;
		snprintf(f.user, sizeof(f.user), "user0");
		snprintf(f.rule, sizeof(f.rule), "rule_0");
		break;
	case 19:
		*is_there = false;
		snprintf(f.user, sizeof(f.user), "user0");
		snprintf(f.process, sizeof(f.process), "tool0");
		break;
	default:
		*is_there = false;
		snprintf(f.group, sizeof(f.group), number == 20 ? "silent" : "");
		snprintf(f.user, sizeof(f.user), number == 21 ? "nobody" : "");
		snprintf(f.rule, sizeof(f.rule), number == 22 ? "none" : "");
		snprintf(f.src, sizeof(f.src), number == 23 ? "nowhere.example" : "");
		f.until_us = number == 24 ? END_US - 40 * DAY_US : 0;
		f.kind = number == 25 ? CALTROP__V1__RECORD__BODY_MODULE : 0;
		break;
	}
	return f;
}

static void digests_hide_nothing_and_spare_reading(void **state)
{
	enum { FILTERS = 26 };
	static struct found whole[FILTERS], skipped;
	bool is_there;

	(void)state;
	for (unsigned i = 0; i < FILTERS; i++) {
		struct record_filter f = filters(i, &is_there);

		find(&f, &whole[i]);
		if (is_there != (whole[i].count > 0))
			print_error("filter %u finds %u\n", i, whole[i].count);
		assert_int_equal(is_there, whole[i].count > 0);
	}
	assert_in_range(make_digests(), RECORDS / DIGEST_RECORDS / 2, RECORDS / DIGEST_RECORDS);
	for (unsigned i = 0; i < FILTERS; i++) {
		struct record_filter f = filters(i, &is_there);

		find(&f, &skipped);
		if (skipped.count != whole[i].count)
			print_error("filter %u finds %u, not %u\n", i, skipped.count, whole[i].count);
		assert_int_equal(skipped.count, whole[i].count);
		assert_memory_equal(skipped.places, whole[i].places, skipped.count * sizeof(uint64_t));
		/* What is nowhere is looked for in the log's end alone, and now and then in a run. */
		if (!is_there)
			assert_in_range(skipped.calls, 1, 1);
	}
}

static void call_does_a_bounded_amount_of_work(void **state)
{
	struct record_filter f = {.kind = 0};
	static struct found all;

	(void)state;
	(void)make_digests();
	find(&f, &all);
	assert_int_equal(all.count, RECORDS);
	assert_true(all.calls >= RECORDS / (SEARCH_RECORDS_MAX + 1000));
	snprintf(f.outcome, sizeof(f.outcome), "failure");
	find(&f, &all);
	assert_true(all.calls >= 2);
	assert_true(all.batches <= all.calls * SEARCH_BATCHES_MAX);
}

static bool count_digest(void *arg, const struct log_digest *d)
{
	struct log_digest *oldest = arg;

	*oldest = *d;
	return true;
}

static void digests_go_with_their_entries(void **state)
{
	struct record_filter f = {.kind = 0};
	struct log_digest oldest = {.first = 0};
	static struct found before, after;
	uint64_t last;

	(void)state;
	(void)make_digests();
	assert_int_equal(
		log_digest_list(api->env.store, &(struct log_digest_query){UINT64_MAX, false, count_digest, &oldest}),
		ERR_OK);
	assert_int_equal(oldest.first, 1);
	snprintf(f.user, sizeof(f.user), "user0");
	find(&f, &before);
	/* The first run goes in part and stays, then it goes whole. */
	assert_int_equal(log_cut(api->env.store, oldest.last - 1), ERR_OK);
	assert_int_equal(
		log_digest_list(api->env.store, &(struct log_digest_query){UINT64_MAX, false, count_digest, &oldest}),
		ERR_OK);
	assert_int_equal(oldest.first, 1);
	assert_int_equal(log_cut(api->env.store, oldest.last), ERR_OK);
	last = oldest.last;
	assert_int_equal(
		log_digest_list(api->env.store, &(struct log_digest_query){UINT64_MAX, false, count_digest, &oldest}),
		ERR_OK);
	assert_int_equal(oldest.first, last + 1);
	find(&f, &after);
	assert_true(after.count < before.count);
	assert_memory_equal(after.places, before.places, after.count * sizeof(uint64_t));
	/* And all of them. */
	assert_int_equal(log_cut(api->env.store, INT64_MAX), ERR_OK);
	assert_int_equal(log_digest_last(api->env.store, &last), ERR_OK);
	assert_int_equal(last, 0);
	find(&f, &after);
	assert_int_equal(after.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(digests_hide_nothing_and_spare_reading),
		TEST(call_does_a_bounded_amount_of_work),
		TEST(digests_go_with_their_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
