/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power is cut at every write of the store while a device sends an object: what was acknowledged is there, in order
 * and nothing half, and the transfer goes on behind it to its end.
 */
#include "tests/unit/power.h"
#include "tests/unit/thorough.h"

#include "agent/base/key.h"
#include "server-stub/ingest/upload.h"
#include "server-stub/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE 40000u
#define QUOTA (1u << 20)

static const uint8_t fleet[STORE_FLEET] = {1}, device[STORE_ID] = {7};
static char top[64], path[96];
static uint8_t content[SIZE], statement[OBJECT_STATEMENT_MAX], id[OBJECT_ID];
static size_t statement_len;

/* What the service has said to the device: both processes see it. */
static struct said {
	_Atomic uint32_t have; /* fetch from here on */
	_Atomic uint32_t kept;
} * said;

static enum err take(struct store *s, struct object_message *m)
{
	static struct upload_counts counts;
	static struct upload_answer answer;
	const struct upload u = {device, m, QUOTA, 1};
	enum err err = store_begin(s);

	if (err == ERR_OK)
		err = upload_take(s, &u, &counts, &answer);
	if (err == ERR_OK)
		err = store_commit(s);
	if (err != ERR_OK)
		return err;
	if (answer.message.what == OBJECT_FETCH)
		said->have = (uint32_t)answer.message.offset;
	if (answer.message.what == OBJECT_DONE && answer.message.status == OBJECT_KEPT)
		said->kept = 1;
	return ERR_OK;
}

/* The device offers, and sends what it is asked for until the object is kept. */
static enum err transfer(struct store *s)
{
	struct object_message m = {.what = OBJECT_OFFER, .data = {(const char *)statement, statement_len}};
	enum err err;

	memcpy(m.id, id, OBJECT_ID);
	err = take(s, &m);
	while (err == ERR_OK && !said->kept) {
		uint32_t left = SIZE - said->have;

		m.what = OBJECT_CHUNK;
		m.offset = said->have;
		m.data = (struct str){(const char *)content + said->have,
				      left < OBJECT_MESSAGE_CHUNK_MAX ? left : OBJECT_MESSAGE_CHUNK_MAX};
		err = take(s, &m);
	}
	return err;
}

static void remove_store(void)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[128];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

static void before_each(void *context)
{
	struct store *s;

	(void)context;
	remove_store();
	said->have = said->kept = 0;
	assert_int_equal(store_create(path, fleet, &s), ERR_OK);
	store_close(s);
}

static int work(void *context)
{
	struct store *s;
	enum err err = store_open(path, fleet, &s);

	(void)context;
	if (err != ERR_OK)
		return (int)err;
	err = transfer(s);
	store_close(s);
	return (int)err;
}

static void check_object(struct store *s)
{
	static uint8_t bytes[SIZE];
	const struct store_object_key key = {device, id};
	const struct store_object_read read = {key, 0, bytes, sizeof(bytes)};
	struct store_object o;
	size_t got = 0;
	enum err err = store_object_get(s, key, &o);

	if (err == ERR_NOT_FOUND) {
		assert_int_equal(said->have + said->kept, 0);
		return;
	}
	assert_int_equal(err, ERR_OK);
	assert_int_equal(store_object_read(s, &read, &got), ERR_OK);
	assert_int_equal(got, o.have);
	assert_memory_equal(bytes, content, got);
	assert_true(o.have >= said->have);
	assert_true((o.state == STORE_OBJECT_WHOLE) == (o.have == SIZE));
	assert_true(o.state == STORE_OBJECT_WHOLE || !said->kept);
}

static void after_cut(void *context, const struct power_cut *cut)
{
	struct said before = {said->have, said->kept};
	uint64_t used = 0;
	struct store *s;

	(void)context;
	if (cut->ended)
		assert_int_equal(cut->result, ERR_OK);
	assert_int_equal(store_open(path, fleet, &s), ERR_OK);
	assert_int_equal(store_check(s), ERR_OK);
	check_object(s);
	/* It goes on to its end, and there is one object of its size. */
	said->kept = 0;
	assert_int_equal(transfer(s), ERR_OK);
	said->have = SIZE;
	check_object(s);
	assert_int_equal(store_object_used(s, device, &used), ERR_OK);
	assert_int_equal(used, SIZE);
	store_close(s);
	said->have = before.have;
	said->kept = before.kept;
}

static void acknowledged_pieces_survive_wherever_the_power_is_cut(void **state)
{
	const struct power p = {top, before_each, work, after_cut, NULL, thorough_step(4)};

	(void)state;
	if (!power_possible())
		skip();
	assert_true(power_each(&p) > 20);
}

static int set_up(void **state)
{
	struct object o = {.kind = 2, .version = 1, .size = SIZE, .created_s = 1, .name = "thing"};
	struct buf b = buf_over(statement, sizeof(statement));

	(void)state;
	for (unsigned i = 0; i < SIZE; i++)
		content[i] = (uint8_t)(i * 2654435761u >> 13);
	key_sha256(content, SIZE, o.sha256);
	assert_int_equal(object_encode(&b, &o), ERR_OK);
	statement_len = b.len;
	object_id(buf_str(&b), id);
	said = mmap(NULL, sizeof(*said), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(top, sizeof(top), "/tmp/store_power_test.%d", (int)getpid());
	snprintf(path, sizeof(path), "%s/caltrop.db", top);
	return said == MAP_FAILED ? -1 : mkdir(top, 0700);
}

static int tear_down(void **state)
{
	(void)state;
	remove_store();
	munmap(said, sizeof(*said));
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acknowledged_pieces_survive_wherever_the_power_is_cut),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
