/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite alone with the batches that devices.c and ingest.c send: each batch is one row of one table without any index,
 * made durable as the service does it (WAL, synchronous FULL, as many batches to a transaction), nothing is read or
 * checked. The batches are made before the time starts.
 *
 *   floor_sqlite FILE [SECONDS]    FILE is the database, on the disk to be measured; it is removed
 *
 * Prints "ingest sqlite_WHAT VALUE UNIT": records a second by the clock, and by processor time.
 */
#include "tests/bench/load/load_process.h"
#include "tests/bench/load/load_records.h"
#include "tests/bench/load/load_times.h"

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEVICES 64
#define SECOND_US INT64_C(1000000)

static sqlite3 *db;
static sqlite3_stmt *put;
static struct load_frame frames[DEVICES];

static void must(int code)
{
	if (code == SQLITE_OK || code == SQLITE_DONE)
		return;
	fprintf(stderr, "floor_sqlite: %s\n", db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
	exit(1);
}

static void run(const char *sql)
{
	must(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static void open_database(const char *path)
{
	must(sqlite3_open(path, &db));
	run("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 2000;"
	    "CREATE TABLE batch(row INTEGER PRIMARY KEY, device BLOB, first_seq INTEGER, blob BLOB)");
	must(sqlite3_prepare_v2(db, "INSERT INTO batch(device, first_seq, blob) VALUES(?1, ?2, ?3)", -1, &put, NULL));
}

static void make_frames(const struct load_records *records, unsigned count)
{
	for (unsigned i = 0; i < DEVICES; i++) {
		uint8_t id[16] = {(uint8_t)i, 1};
		struct load_batch batch = {.spool_id = id, .first_seq = 1, .count = count};

		free(frames[i].data);
		frames[i] = load_records_batch(records, &batch);
	}
}

static void append(unsigned device, uint64_t first_seq)
{
	uint8_t id[16] = {(uint8_t)device, 1};

	must(sqlite3_bind_blob(put, 1, id, sizeof(id), SQLITE_STATIC));
	must(sqlite3_bind_int64(put, 2, (sqlite3_int64)first_seq));
	must(sqlite3_bind_blob(put, 3, frames[device].data, (int)frames[device].len, SQLITE_STATIC));
	must(sqlite3_step(put));
	must(sqlite3_reset(put));
}

static void measure(const struct load_records *records, unsigned count, unsigned batches, int seconds)
{
	make_frames(records, count);
	int64_t start = load_times_clock_us(), cpu = load_process_cpu_us(getpid()), until = start + seconds * SECOND_US;
	uint64_t stored = 0;

	while (load_times_clock_us() < until) {
		run("BEGIN IMMEDIATE");
		for (unsigned i = 0; i < batches; i++, stored += count)
			append(i % DEVICES, stored);
		run("COMMIT");
	}
	double wall_us = (double)(load_times_clock_us() - start);
	double cpu_us = (double)(load_process_cpu_us(getpid()) - cpu);

	printf("ingest sqlite_%ux%u_rate %.0f records/s\n", batches, count, (double)stored * 1e6 / wall_us);
	printf("ingest sqlite_%ux%u_per_core %.0f records/s\n", batches, count, (double)stored * 1e6 / cpu_us);
}

static void remove_database(const char *path)
{
	char more[512];

	for (int i = 0; i < 3; i++) {
		snprintf(more, sizeof(more), "%s%s", path, (const char *const[]){"", "-wal", "-shm"}[i]);
		unlink(more);
	}
}

int main(int argc, char **argv)
{
	static struct load_records records;
	int seconds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3;

	if (argc < 2 || seconds < 1) {
		fprintf(stderr, "usage: floor_sqlite FILE [SECONDS]\n");
		return 2;
	}
	remove_database(argv[1]);
	load_records_make(&records);
	open_database(argv[1]);
	measure(&records, 75, 64, seconds);
	measure(&records, 10, 512, seconds);
	sqlite3_finalize(put);
	sqlite3_close(db);
	remove_database(argv[1]);
	return 0;
}
