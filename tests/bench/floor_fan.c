/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an order to many devices costs the service without any network: the order and its targets are stored, every
 * device's "seen" moves its target, and every device's receipt is read, checked and stored, in transactions of so many
 * as come together. What devices.c measures of a whole service is compared with it.
 *
 *   floor_fan FILE [DEVICES]     FILE is the database, on the disk to be measured; it is removed
 *
 * Prints "devices fan_cpu_each VALUE us": processor time per device.
 */
#include "server-stub/gateway/session/request.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/ingest/ingest.h"
#include "tests/bench/load/load_process.h"
#include "tests/bench/load/load_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOGETHER 256 /* to a transaction */
#define WALL_US INT64_C(1795348800000000)

struct fan {
	struct store *store;
	struct registry_order order;
	struct load_records records; /* nobody's: the batches hold receipts only */
	unsigned count;
	uint8_t (*devices)[STORE_ID];
	struct load_frame *receipts;
	struct ingest_counts counts;
};

static void must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "floor_fan: %s: %s\n", what, err_text(err));
	exit(1);
}

/* What the devices send, made before the time starts. */
static void make(struct fan *f, const char *path)
{
	uint8_t receipt[256];

	must(store_create(path, (const uint8_t[STORE_FLEET]){1}, &f->store), path);
	load_records_make(&f->records);
	f->devices = calloc(f->count, sizeof(*f->devices));
	f->receipts = calloc(f->count, sizeof(*f->receipts));
	if (!f->devices || !f->receipts)
		must(ERR_NO_MEMORY, "devices");
	f->order = (struct registry_order){.id = {7},
					   .not_after_s = WALL_US / 1000000 + 86400,
					   .verb = "ban",
					   .order_len = 200,
					   .signature_count = 0};
	struct str special = {(char *)receipt, load_records_receipt(f->order.id, receipt)};

	for (unsigned i = 0; i < f->count; i++) {
		struct load_batch batch = {
			.spool_id = f->devices[i], .first_seq = 1, .count = 1, .special_seq = 1, .special = special};
		struct registry_device device = {.state = DEVICE_APPROVED};

		memcpy(f->devices[i], &i, sizeof(i));
		memcpy(device.id, f->devices[i], STORE_ID);
		device.id[15] = f->devices[i][15] = 1;
		f->receipts[i] = load_records_batch(&f->records, &batch);
		if (i % TOGETHER == 0)
			must(store_begin(f->store), "begin");
		must(registry_device_put(f->store, &device), "device");
		if (i % TOGETHER == TOGETHER - 1 || i == f->count - 1)
			must(store_commit(f->store), "commit");
	}
}

static void seen(struct fan *f, unsigned i)
{
	struct registry_target target;

	must(registry_target_get(f->store, f->order.id, f->devices[i], &target), "target");
	target.state = TARGET_SEEN;
	target.updated_us = WALL_US;
	must(registry_target_put(f->store, &target), "seen");
}

static void receipt(struct fan *f, unsigned i)
{
	struct str message = {(char *)f->receipts[i].data + FRAME_HEADER, f->receipts[i].len - FRAME_HEADER};
	struct log_batch batch = {.received_us = WALL_US};
	enum request_body body;
	struct str bytes;
	uint64_t committed;

	must(request_read(message, &body, &bytes), "frame");
	must(request_batch(bytes, &batch), "batch");
	memcpy(batch.device, f->devices[i], STORE_ID);
	must(ingest_batch(f->store, &batch, &f->counts, &committed), "receipt");
}

static void for_all(struct fan *f, void (*each)(struct fan *f, unsigned i))
{
	for (unsigned i = 0; i < f->count; i++) {
		if (i % TOGETHER == 0)
			must(store_begin(f->store), "begin");
		each(f, i);
		if (i % TOGETHER == TOGETHER - 1 || i == f->count - 1)
			must(store_commit(f->store), "commit");
	}
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
	static struct fan f;

	f.count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 10000;
	if (argc < 2 || f.count < 1) {
		fprintf(stderr, "usage: floor_fan FILE [DEVICES]\n");
		return 2;
	}
	remove_database(argv[1]);
	make(&f, argv[1]);
	int64_t cpu = load_process_cpu_us(getpid());

	must(registry_order_put(f.store, &f.order, (const uint8_t(*)[STORE_ID])f.devices, f.count), "order");
	for_all(&f, seen);
	for_all(&f, receipt);
	must(store_relax(f.store), "relax");
	must(follow_all(&(struct follow){.store = f.store}), "follow");
	cpu = load_process_cpu_us(getpid()) - cpu;
	store_close(f.store);
	remove_database(argv[1]);
	if (f.counts.receipts != f.count) {
		fprintf(stderr, "floor_fan: %llu of %u receipts were stored\n", (unsigned long long)f.counts.receipts,
			f.count);
		return 1;
	}
	printf("devices fan_cpu_each %.3f us\n", (double)cpu / f.count);
	return 0;
}
