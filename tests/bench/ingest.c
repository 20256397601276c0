/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the service's ingest is not TLS: frames of batches read, validated and stored in SQLite, durably, on one
 * thread, with so many batches to a transaction. Beside devices.c it tells where the time goes.
 *
 *   ingest FILE [SECONDS]      FILE: the database, on the disk to be measured; it is removed
 *
 * Prints "ingest WHAT VALUE UNIT": records a second by the clock, and by processor time.
 */
#include "server-stub/ingest/ingest.h"
#include "server-stub/gateway/session/request.h"
#include "tests/bench/load/load_process.h"
#include "tests/bench/load/load_records.h"
#include "tests/bench/load/load_times.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES 64

struct feeder {
	struct store *store;
	struct load_records records;
	uint64_t next_seq[DEVICES];
	struct ingest_counts counts;
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

int main(int argc, char **argv)
{
	static struct feeder f;
	int seconds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3;
	char more[512];

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
	for (int i = 0; i < 3; i++) {
		snprintf(more, sizeof(more), "%s%s", argv[1], (const char *const[]){"", "-wal", "-shm"}[i]);
		unlink(more);
	}
	return 0;
}
