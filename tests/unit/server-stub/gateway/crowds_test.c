/* SPDX-License-Identifier: Apache-2.0 */
/* A start of the service forgets neither what it counted nor what it offers, and a crash tells nothing twice. */
#include "server-stub/gateway/crowds.h"

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "proto/wire.h"
#include "server-stub/store/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH "/tmp/crowds_test.db"
#define HOUR_S 3600
#define DEVICES 5

static const uint8_t fleet[STORE_FLEET] = {1};

struct world {
	struct store *store;
	struct crowds *crowds;
	struct crowds_terms terms;
	unsigned offers;
	struct offer last;
	int64_t now_us;
};

static void hear(void *context, const struct offer *offer)
{
	struct world *w = context;

	w->offers++;
	w->last = *offer;
}

static void start(struct world *w)
{
	assert_int_equal(store_open(PATH, fleet, &w->store), ERR_OK);
	assert_int_equal(crowds_open(w->store, &w->terms, &w->crowds), ERR_OK);
	assert_int_equal(crowds_load(w->crowds, w->now_us), ERR_OK);
}

static void stop(struct world *w)
{
	crowds_close(w->crowds);
	store_close(w->store);
}

static void remove_files(void)
{
	unlink(PATH);
	unlink(PATH "-wal");
	unlink(PATH "-shm");
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	remove_files();
	assert_int_equal(store_create(PATH, fleet, &w->store), ERR_OK);
	for (uint8_t i = 1; i <= DEVICES; i++) {
		struct registry_device d = {.id = {i}, .state = DEVICE_APPROVED, .group = "gates"};

		assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	}
	store_close(w->store);
	w->terms = (struct crowds_terms){3, HOUR_S * INT64_C(1000000), HOUR_S * INT64_C(1000000), w, hear};
	w->now_us = clock_wall_us();
	start(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	stop(w);
	remove_files();
	free(w);
	return 0;
}

/* The follower reads that the device banned the address, in a transaction that it does not end. */
static void bans(struct world *w, uint8_t device, const char *addr)
{
	struct views_receipt r = {.device = {device}, .received_us = w->now_us += 1000, .proof = PROOF_PENDING};
	char memory[256];
	struct buf b = buf_over(memory, sizeof(memory));

	wire_put_bytes(&b, 1, STR("ban"));
	wire_put_bytes(&b, 2, STR("rule"));
	wire_put_bytes(&b, 3, STR("done"));
	wire_put_int(&b, 5, 1);
	wire_put_bytes(&b, 9, str_from(addr));
	r.record = buf_str(&b);
	assert_int_equal(store_begin(w->store), ERR_OK);
	crowds_receipt(w->crowds, &r);
	assert_int_equal(crowds_end(w->crowds), ERR_OK);
}

static bool commit(struct world *w)
{
	assert_int_equal(store_commit(w->store), ERR_OK);
	return crowds_tell(w->crowds);
}

static bool count_entry(void *arg, uint64_t position, const struct log_batch *entry)
{
	(void)position;
	(void)entry;
	++*(unsigned *)arg;
	return true;
}

static unsigned notices(struct world *w)
{
	unsigned count = 0;

	assert_int_equal(log_follow(w->store, 0, 100, count_entry, &count), ERR_OK);
	return count;
}

static void proofs_from_before_a_start_count(void **state)
{
	struct world *w = *state;

	for (uint8_t device = 1; device <= 2; device++) {
		bans(w, device, "198.51.100.7");
		assert_false(commit(w));
	}
	stop(w);
	start(w);
	assert_int_equal(w->offers, 0);
	bans(w, 3, "198.51.100.7");
	assert_true(commit(w));
	assert_int_equal(w->offers, 1);
	assert_int_equal(notices(w), 1);
	/* It is told once, whoever follows, and also after another start. */
	stop(w);
	start(w);
	bans(w, 4, "198.51.100.7");
	assert_false(commit(w));
	assert_int_equal(notices(w), 1);
}

static void what_is_in_force_is_offered_anew(void **state)
{
	struct world *w = *state;
	struct offer before;

	for (uint8_t device = 1; device <= 3; device++) {
		bans(w, device, "2001:db8:7::/64");
		(void)commit(w);
	}
	assert_int_equal(w->offers, 1);
	before = w->last;
	stop(w);
	memset(&w->last, 0, sizeof(w->last));
	start(w);
	assert_int_equal(w->offers, 2);
	assert_int_equal(w->last.group, hash_name("gates"));
	assert_true(addr_equal(&w->last.addr, &before.addr));
	assert_int_equal(w->last.until_us, before.until_us);
	/* Nothing that is over, and nothing where nothing is offered any more. */
	stop(w);
	w->now_us = before.until_us;
	start(w);
	assert_int_equal(w->offers, 2);
	stop(w);
	w->now_us = before.until_us - 1;
	w->terms.ban_us = 0;
	start(w);
	assert_int_equal(w->offers, 2);
}

/* The entries are read again then, by this run or by the next. */
static void transaction_that_failed_is_counted_again(void **state)
{
	struct world *w = *state;

	for (uint8_t device = 1; device <= 2; device++) {
		bans(w, device, "198.51.100.7");
		assert_false(commit(w));
	}
	bans(w, 3, "198.51.100.7");
	store_rollback(w->store);
	assert_int_equal(w->offers, 0);
	assert_int_equal(notices(w), 0);
	stop(w);
	start(w);
	assert_int_equal(w->offers, 0);
	bans(w, 3, "198.51.100.7");
	store_rollback(w->store);
	bans(w, 3, "198.51.100.7");
	assert_true(commit(w));
	assert_int_equal(w->offers, 1);
	assert_int_equal(notices(w), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(proofs_from_before_a_start_count),
		TEST(what_is_in_force_is_offered_anew),
		TEST(transaction_that_failed_is_counted_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
