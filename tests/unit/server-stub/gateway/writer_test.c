/* SPDX-License-Identifier: Apache-2.0 */
/* The writer with a real store: what it acknowledges is durable, whatever became of the batches before. */
#include "server-stub/gateway/writer.h"

#include "caltrop/v1/link.pb-c.h"
#include "server-stub/gateway/loop.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define LINKS 2

struct world {
	struct loop loop; /* gets the answers */
	pthread_mutex_t mutex;
	pthread_cond_t answered;
	struct job *answers;
	struct writer *writer;
	struct store *store;
	char dir[64], path[96];
	uint64_t stopped[LINKS]; /* of the links 0 and 1 */
};

/* An empty body of a kind, and what is no record. */
#define RECORD "\x52\0"
#define NO_RECORD "\xff\xff"
#define RECORD_BYTES 2

static uint8_t device_id[STORE_ID] = {1}, spool_id[STORE_ID] = {3}, fleet_id[STORE_FLEET] = {9};

static void keep_answers(void *owner, struct job *jobs)
{
	struct world *w = owner;
	struct job **last = &w->answers;

	pthread_mutex_lock(&w->mutex);
	while (*last)
		last = &(*last)->next;
	*last = jobs;
	pthread_cond_signal(&w->answered);
	pthread_mutex_unlock(&w->mutex);
}

/* The one letter that this loop gets is the last. */
static void end(void *owner, const struct loop_mail *mail)
{
	(void)mail;
	loop_stop(&((struct world *)owner)->loop);
}

static void rest(void *owner)
{
	(void)owner;
}

static void ignore_tick(void *owner, struct now now)
{
	(void)owner;
	(void)now;
}

static int set_up(void **state)
{
	static const struct loop_calls calls = {end, keep_answers, rest, ignore_tick};
	struct world *w = calloc(1, sizeof(*w));
	struct registry_device d = {.state = DEVICE_APPROVED};
	struct writer_setup setup = {.path = w->path, .fleet = fleet_id};

	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->answered, NULL);
	snprintf(w->dir, sizeof(w->dir), "/tmp/writer_test.%u", (unsigned)getpid());
	assert_int_equal(mkdir(w->dir, 0700), 0);
	snprintf(w->path, sizeof(w->path), "%s/caltrop.db", w->dir);
	assert_int_equal(store_create(w->path, fleet_id, &w->store), ERR_OK);
	memcpy(d.id, device_id, STORE_ID);
	assert_int_equal(registry_device_put(w->store, &d), ERR_OK);
	assert_int_equal(loop_make(&w->loop, &calls, w), ERR_OK);
	assert_int_equal(writer_start(&setup, &w->writer), ERR_OK);
	assert_int_equal(loop_start(&w->loop), ERR_OK);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"", "-wal", "-shm"};
	static const struct loop_mail last = {.kind = LOOP_END};
	struct world *w = *state;
	char path[128];

	writer_stop(w->writer);
	assert_true(loop_post(&w->loop, &last));
	loop_join(&w->loop);
	writer_free(w->writer);
	store_close(w->store);
	for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", w->path, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

/* A batch of one record, which came over the link (0 or 1). */
static void put(struct world *w, unsigned link, uint64_t seq, const char *record)
{
	Caltrop__V1__Batch batch = CALTROP__V1__BATCH__INIT;
	Caltrop__V1__Entry entry = CALTROP__V1__ENTRY__INIT;
	Caltrop__V1__Entry *list[] = {&entry};
	struct job *job;

	entry.seq = seq;
	entry.record = (ProtobufCBinaryData){RECORD_BYTES, (uint8_t *)(uintptr_t)record};
	batch.spool_id = (ProtobufCBinaryData){STORE_ID, spool_id};
	batch.n_entries = 1;
	batch.entries = list;
	job = job_new(JOB_BATCH, caltrop__v1__batch__get_packed_size(&batch));
	job->loop = &w->loop;
	job->link = 100 + link;
	job->stopped = &w->stopped[link];
	memcpy(job->u.batch.device, device_id, STORE_ID);
	memcpy(job->u.batch.spool, spool_id, STORE_ID);
	job->u.batch.received_us = 1;
	job->u.batch.blob = (struct str){(const char *)job->bytes, caltrop__v1__batch__pack(&batch, job->bytes)};
	(void)job_queue_put(writer_queue(w->writer), job);
}

/* The next answer: 0, or the error. */
static enum err answer(struct world *w)
{
	struct job *job;
	enum err err;

	pthread_mutex_lock(&w->mutex);
	while (!w->answers)
		pthread_cond_wait(&w->answered, &w->mutex);
	job = w->answers;
	w->answers = job->next;
	pthread_mutex_unlock(&w->mutex);
	err = job->err;
	free(job);
	return err;
}

static uint64_t committed(struct world *w)
{
	uint64_t seq = 0;

	assert_int_equal(log_committed(w->store, device_id, spool_id, &seq), ERR_OK);
	return seq;
}

static void nothing_is_stored_behind_what_a_full_disk_did_not_take(void **state)
{
	struct world *w = *state;
	struct rlimit before, none;

	signal(SIGXFSZ, SIG_IGN);
	put(w, 0, 1, RECORD);
	assert_int_equal(answer(w), ERR_OK);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){4096, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	put(w, 0, 2, RECORD);
	assert_int_not_equal(answer(w), ERR_OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	/* The device had sent it before it heard of that. */
	put(w, 0, 3, RECORD);
	assert_int_equal(answer(w), ERR_BUSY);
	assert_int_equal(committed(w), 1);
	put(w, 1, 2, RECORD);
	put(w, 1, 3, RECORD);
	assert_int_equal(answer(w), ERR_OK);
	assert_int_equal(answer(w), ERR_OK);
	assert_int_equal(committed(w), 3);
}

static void nothing_is_stored_behind_a_batch_that_is_none(void **state)
{
	struct world *w = *state;

	put(w, 0, 1, RECORD);
	put(w, 0, 2, NO_RECORD);
	put(w, 0, 3, RECORD);
	assert_int_equal(answer(w), ERR_OK);
	assert_int_equal(answer(w), ERR_PROTOCOL);
	assert_int_equal(answer(w), ERR_BUSY);
	assert_int_equal(committed(w), 1);
	put(w, 1, 2, RECORD);
	assert_int_equal(answer(w), ERR_OK);
	assert_int_equal(committed(w), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_stored_behind_what_a_full_disk_did_not_take, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_stored_behind_a_batch_that_is_none, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
