/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the service's ingest is not TLS: frames of batches read, validated and stored in SQLite, durably, on one
 * thread, with so many batches to a transaction. Beside devices.c it tells where the time goes.
 *
 *   ingest FILE [SECONDS]      FILE: the database, on the disk to be measured; it is removed
 *
 * Prints "ingest WHAT VALUE UNIT": records a second by the clock, and by processor time. Then it stores a fixed number
 * of records a second while the service's own follower fills the views from them, and tells how far behind they are.
 */
#include "server-stub/ingest/ingest.h"
#include "server-stub/gateway/follower.h"
#include "server-stub/gateway/session/request.h"
#include "server-stub/store/views.h"
#include "tests/bench/load/load_process.h"
#include "tests/bench/load/load_records.h"
#include "tests/bench/load/load_times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES 64

/* What the views have to keep up with: a receipt in a hundred records. */
#define PACE_RECORDS 10
#define PACE_RECEIPT_EVERY 10 /* batches */
#define PACE_EVERY_US 100     /* between batches: 100,000 records a second */
#define PACE_HELD 95000
#define PACE_WAIT_US 20000000 /* for the views at the end */
#define PACE_BATCHES_MAX 4096 /* in a transaction */
#define MARKS_MAX 4096

struct feeder {
	struct store *store;
	struct load_records records;
	uint64_t next_seq[DEVICES];
	struct ingest_counts counts;
	bool has_receipts;
	uint64_t batches; /* since it has them */
};

static void must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "ingest: %s: %s\n", what, err_text(err));
	exit(1);
}

/* One batch of a device, from its frame to the store. */
static void feed(struct feeder *f, unsigned device, unsigned records)
{
	uint8_t id[16] = {(uint8_t)device, 1};
	struct load_batch batch = {.spool_id = id, .first_seq = f->next_seq[device] + 1, .count = records};
	uint8_t receipt[256];

	if (f->has_receipts && ++f->batches % PACE_RECEIPT_EVERY == 0) {
		batch.special_seq = batch.first_seq;
		batch.special = (struct str){(char *)receipt, load_records_receipt(id, receipt)};
	}
	struct load_frame frame = load_records_batch(&f->records, &batch);
	struct log_batch read = {.received_us = 1};
	enum request_body body;
	struct str bytes;
	uint64_t committed;

	struct str message = {(char *)frame.data + FRAME_HEADER, frame.len - FRAME_HEADER};

	must(request_read(message, &body, &bytes), "frame");
	must(request_batch(bytes, &read), "batch");
	memcpy(read.device, id, sizeof(id));
	must(ingest_batch(f->store, &read, &f->counts, &committed), "store");
	f->next_seq[device] += records;
	free(frame.data);
}

static void measure(struct feeder *f, unsigned records, unsigned batches, int seconds)
{
	int64_t start = load_times_clock_us(), cpu = load_process_cpu_us(getpid()), until = start + seconds * 1000000;
	uint64_t before = f->counts.records;
	unsigned device = 0;

	while (load_times_clock_us() < until) {
		must(store_begin(f->store), "begin");
		for (unsigned i = 0; i < batches; i++)
			feed(f, device++ % DEVICES, records);
		must(store_commit(f->store), "commit");
	}
	double stored = (double)(f->counts.records - before);
	double wall_us = (double)(load_times_clock_us() - start);
	double cpu_us = (double)(load_process_cpu_us(getpid()) - cpu);

	printf("ingest %ux%u_rate %.0f records/s\n", batches, records, stored * 1e6 / wall_us);
	printf("ingest %ux%u_per_core %.0f records/s\n", batches, records, stored * 1e6 / cpu_us);
}

/* -- the views -- */

struct views {
	struct store *reader;
	uint64_t entries; /* of the log; each batch is one, and the views are told of those with receipts */
	struct {
		int64_t us;
		uint64_t entries;
	} marks[MARKS_MAX]; /* commits that the views have not reached */
	uint64_t marked;
	unsigned first, count;
	struct load_times lag;
};

/* What was committed, counted from before the commit; nothing, when there was no receipt. */
static void mark(struct views *v, int64_t since_us)
{
	unsigned at = (v->first + v->count) % MARKS_MAX;
	uint64_t last = v->entries - v->entries % PACE_RECEIPT_EVERY;

	if (last == v->marked)
		return;
	v->marked = last;
	if (v->count == MARKS_MAX) {
		v->lag.missed++;
		return;
	}
	v->marks[at].us = since_us;
	v->marks[at].entries = last;
	v->count++;
}

static void look(struct views *v)
{
	uint64_t position;

	must(views_position(v->reader, &position), "views");
	while (v->count > 0 && v->marks[v->first].entries <= position) {
		load_times_add(&v->lag, load_times_clock_us() - v->marks[v->first].us);
		v->first = (v->first + 1) % MARKS_MAX;
		v->count--;
	}
}

/* As the writer of the service does, a transaction takes all that came during the last one. */
static void store_due(struct feeder *f, struct views *v, uint64_t due)
{
	uint64_t count = due - v->entries < PACE_BATCHES_MAX ? due - v->entries : PACE_BATCHES_MAX;

	must(store_begin(f->store), "begin");
	for (uint64_t i = 0; i < count; i++)
		feed(f, (unsigned)((v->entries + i) % DEVICES), PACE_RECORDS);
	int64_t since_us = load_times_clock_us();

	must(store_commit(f->store), "commit");
	v->entries += count;
	mark(v, since_us);
}

/* The rate that was held. */
static double pace(struct feeder *f, struct views *v, int seconds)
{
	int64_t start = load_times_clock_us(), past = 0;

	while (past < seconds * INT64_C(1000000)) {
		uint64_t due = (uint64_t)(past / PACE_EVERY_US);

		if (due > v->entries)
			store_due(f, v, due);
		else
			usleep(PACE_EVERY_US);
		look(v);
		past = load_times_clock_us() - start;
	}
	double rate = (double)v->entries * PACE_RECORDS * 1e6 / (double)past;

	for (int64_t until = load_times_clock_us() + PACE_WAIT_US; v->count > 0;) {
		if (load_times_clock_us() > until) {
			v->lag.missed += (int)v->count;
			break;
		}
		usleep(500);
		look(v);
	}
	return rate;
}

static void measure_views(struct feeder *f, const char *path, int seconds)
{
	static const uint8_t fleet[STORE_FLEET] = {1};
	static struct views v;
	const struct follower_setup setup = {
		.path = path, .fleet = fleet, .crowds = {.least = 3, .window_us = 3600 * SECOND_US}};
	struct follower *follower;
	double rate;

	must(store_create(path, fleet, &f->store), path);
	must(store_open(path, fleet, &v.reader), path);
	must(follower_start(&setup, &follower), "follower");
	memset(f->next_seq, 0, sizeof(f->next_seq));
	f->has_receipts = true;
	rate = pace(f, &v, seconds);
	follower_stop(follower);
	store_close(v.reader);
	store_close(f->store);
	printf("ingest views_rate %.0f records/s\n", rate);
	if (rate < PACE_HELD)
		fprintf(stderr,
			"ingest: this machine stores fewer than 100,000 records/s now: the views' lag is not told\n");
	if (v.lag.missed > 0)
		fprintf(stderr, "ingest: the views did not come along\n");
	if (rate < PACE_HELD || v.lag.missed > 0)
		return;
	printf("ingest views_lag_p50 %.1f ms\n", (double)load_times_at(&v.lag, 50) / 1000);
	printf("ingest views_lag_most %.1f ms\n", (double)load_times_at(&v.lag, 100) / 1000);
}

static void remove_store(const char *path)
{
	char more[512];

	for (int i = 0; i < 3; i++) {
		snprintf(more, sizeof(more), "%s%s", path, (const char *const[]){"", "-wal", "-shm"}[i]);
		unlink(more);
	}
}

int main(int argc, char **argv)
{
	static struct feeder f;
	int seconds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3;

	if (argc < 2 || seconds < 1) {
		fprintf(stderr, "usage: ingest FILE [SECONDS]\n");
		return 2;
	}
	load_records_make(&f.records);
	must(store_create(argv[1], (const uint8_t[STORE_FLEET]){1}, &f.store), argv[1]);
	measure(&f, 75, 64, seconds);  /* full batches of 16 KiB from devices that catch up */
	measure(&f, 10, 512, seconds); /* small ones from many */
	measure(&f, 10, 16, seconds);
	store_close(f.store);
	remove_store(argv[1]);
	measure_views(&f, argv[1], seconds);
	remove_store(argv[1]);
	return 0;
}
