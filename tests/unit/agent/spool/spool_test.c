/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool/spool.h"
#include "agent/spool/spool_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FILES 128
#define FILE_BYTES 70000

/* A disk that keeps only what was synced when the power goes. */
struct file {
	char name[32];
	uint8_t data[FILE_BYTES];
	size_t size, synced;
	bool used;
};

static struct {
	struct file files[FILES];
	enum err fails; /* every write fails with it */
	size_t room;	/* bytes left, SIZE_MAX: no bound */
	char sync_name[32];
	uint64_t sync_token;
	unsigned syncs, replaces;
} disk;

static struct spool *spool;
static void *memory;
static struct now now;
static struct spool_limits limits;

static struct file *file_of(const char *name)
{
	for (int i = 0; i < FILES; i++) {
		if (disk.files[i].used && strcmp(disk.files[i].name, name) == 0)
			return &disk.files[i];
	}
	return NULL;
}

static struct file *file_make(const char *name)
{
	for (int i = 0; i < FILES; i++) {
		if (!disk.files[i].used) {
			disk.files[i].used = true;
			disk.files[i].size = disk.files[i].synced = 0;
			snprintf(disk.files[i].name, sizeof(disk.files[i].name), "%s", name);
			return &disk.files[i];
		}
	}
	abort();
}

static enum err disk_append(void *context, const char *name, const void *data, size_t len)
{
	(void)context;
	struct file *f = file_of(name);
	size_t part = len > disk.room ? disk.room : len;

	if (disk.fails)
		return disk.fails;
	if (!f)
		f = file_make(name);
	assert_true(f->size + part <= FILE_BYTES);
	memcpy(f->data + f->size, data, part);
	f->size += part;
	if (disk.room != SIZE_MAX)
		disk.room -= part;
	return part == len ? ERR_OK : ERR_NO_SPACE;
}

static enum err disk_read(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got)
{
	(void)context;
	struct file *f = file_of(name);

	*got = 0;
	if (!f)
		return ERR_NOT_FOUND;
	if (offset >= f->size)
		return ERR_OK;
	*got = f->size - offset < cap ? f->size - offset : cap;
	memcpy(out, f->data + offset, *got);
	return ERR_OK;
}

static enum err disk_remove(void *context, const char *name)
{
	(void)context;
	struct file *f = file_of(name);

	if (disk.fails)
		return disk.fails;
	if (f) {
		f->used = false;
		if (disk.room != SIZE_MAX)
			disk.room += f->size;
	}
	return f ? ERR_OK : ERR_NOT_FOUND;
}

static enum err disk_cut(void *context, const char *name, uint64_t size)
{
	(void)context;
	struct file *f = file_of(name);

	if (disk.fails)
		return disk.fails;
	if (!f)
		return ERR_NOT_FOUND;
	if (disk.room != SIZE_MAX)
		disk.room += f->size - size;
	f->size = size;
	return ERR_OK;
}

static enum err disk_replace(void *context, const char *name, const void *data, size_t len)
{
	(void)context;
	struct file *f = file_of(name);

	disk.replaces++;
	if (disk.fails)
		return disk.fails;
	if (!f)
		f = file_make(name);
	memcpy(f->data, data, len);
	f->size = f->synced = len;
	return ERR_OK;
}

static void disk_sync(void *context, const char *name, uint64_t token)
{
	(void)context;
	assert_int_equal(disk.sync_token, 0);
	snprintf(disk.sync_name, sizeof(disk.sync_name), "%s", name);
	disk.sync_token = token;
	disk.syncs++;
}

static enum err disk_list(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg)
{
	(void)context;
	for (int i = FILES - 1; i >= 0; i--) {
		if (disk.files[i].used)
			found(arg, disk.files[i].name, disk.files[i].size);
	}
	return ERR_OK;
}

static const struct spool_disk disk_ops = {
	.append = disk_append,
	.read = disk_read,
	.remove = disk_remove,
	.cut = disk_cut,
	.replace = disk_replace,
	.sync = disk_sync,
	.list = disk_list,
};

/* The sync under way ends well. */
static void disk_finish(void)
{
	while (disk.sync_token) {
		struct file *f = file_of(disk.sync_name);
		uint64_t token = disk.sync_token;

		if (f)
			f->synced = f->size;
		disk.sync_token = 0;
		spool_synced(spool, token, ERR_OK, now);
	}
}

/* Power off and on; `part`: of the unsynced bytes so many survive per file. */
static void power_cut(size_t part)
{
	for (int i = 0; i < FILES; i++) {
		struct file *f = &disk.files[i];

		if (f->used && f->size > f->synced)
			f->size = f->size - f->synced > part ? f->synced + part : f->size;
		if (f->used && f->synced == 0 && f->size == 0)
			f->used = false;
		f->synced = f->size;
	}
	disk.sync_token = 0;
}

static void start(uint8_t id)
{
	uint8_t new_id[16];

	memset(new_id, id, sizeof(new_id));
	free(memory);
	memory = malloc(spool_size(&limits));
	assert_non_null(memory);
	spool = spool_init(memory, &limits, &disk_ops, new_id);
}

static int setup(void **state)
{
	(void)state;
	memset(&disk, 0, sizeof(disk));
	disk.room = SIZE_MAX;
	now = (struct now){.mono_us = SECOND_US};
	limits = (struct spool_limits){.segment_bytes = 4096, .segments_max = 4, .sync_delay_us = 5 * SECOND_US};
	start(1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(memory);
	memory = NULL;
	return 0;
}

static enum err put(unsigned severity, const char *text)
{
	return spool_append(spool, severity, str_from(text), now);
}

static void fill(unsigned severity, unsigned count, size_t len)
{
	char text[9000];

	memset(text, 'x', sizeof(text));
	for (unsigned i = 0; i < count; i++)
		(void)!spool_append(spool, severity, (struct str){text, len}, now);
}

struct got {
	unsigned count, max;
	uint64_t first, last;
	char text[64];
};

static bool collect(void *arg, uint64_t seq, unsigned severity, struct str bytes)
{
	struct got *got = arg;

	(void)severity;
	if (got->max && got->count == got->max)
		return false;
	if (got->count++ == 0)
		got->first = seq;
	assert_true(got->count == 1 || seq > got->last);
	got->last = seq;
	str_show(bytes, got->text, sizeof(got->text));
	return true;
}

static struct got read_all(uint64_t after)
{
	struct got got = {0};

	assert_int_equal(spool_read(spool, after, collect, &got), ERR_OK);
	return got;
}

static struct spool_health health(void)
{
	struct spool_health h;

	spool_health(spool, &h);
	return h;
}

static void records_come_back_in_order(void **state)
{
	(void)state;
	assert_int_equal(put(1, "one"), ERR_OK);
	assert_int_equal(put(1, "two"), ERR_OK);
	struct got got = read_all(0);

	assert_int_equal(got.count, 2);
	assert_int_equal(got.first, 1);
	assert_int_equal(got.last, 2);
	assert_string_equal(got.text, "two");
	assert_int_equal(read_all(1).count, 1);
	assert_int_equal(read_all(2).count, 0);
}

static void reading_goes_on_where_the_reader_stopped(void **state)
{
	(void)state;
	fill(1, 30, 300);
	uint64_t after = 0;

	for (unsigned i = 0; i < 10; i++) {
		struct got got = {.max = 3};

		assert_int_equal(spool_read(spool, after, collect, &got), ERR_OK);
		assert_int_equal(got.count, 3);
		assert_int_equal(got.first, after + 1);
		after = got.last;
	}
	assert_int_equal(read_all(after).count, 0);
}

static void high_records_sync_at_once_and_low_ones_wait(void **state)
{
	(void)state;
	assert_int_equal(put(1, "low"), ERR_OK);
	assert_int_equal(disk.syncs, 0);
	assert_int_equal(spool_deadline(spool), now.mono_us + limits.sync_delay_us);
	now.mono_us = spool_deadline(spool);
	spool_tick(spool, now);
	assert_int_equal(disk.syncs, 1);
	assert_int_equal(health().synced_seq, 0);
	disk_finish();
	assert_int_equal(health().synced_seq, 1);
	assert_int_equal(spool_deadline(spool), INT64_MAX);
	assert_int_equal(put(4, "high"), ERR_OK);
	assert_int_equal(disk.syncs, 2);
	assert_int_equal(put(4, "shares the next sync"), ERR_OK);
	assert_int_equal(disk.syncs, 2);
	disk_finish();
	assert_int_equal(disk.syncs, 3);
	assert_int_equal(health().synced_seq, 3);
}

static void synced_records_survive_a_power_cut_and_numbers_are_not_used_twice(void **state)
{
	(void)state;
	assert_int_equal(put(4, "durable"), ERR_OK);
	disk_finish();
	assert_int_equal(put(1, "lost"), ERR_OK);
	for (size_t part = 0; part < 25; part++) {
		uint64_t given = health().next_seq;

		power_cut(part);
		start(2);
		assert_true(health().next_seq > given - 1);
		assert_int_equal(spool_id(spool)[0], 1);
		assert_int_equal(read_all(0).first, 1);
		assert_int_equal(put(1, "lost too"), ERR_OK);
	}
}

static void clean_end_leaves_no_gap(void **state)
{
	(void)state;
	assert_int_equal(put(4, "one"), ERR_OK);
	disk_finish();
	spool_close(spool);
	start(2);
	assert_int_equal(health().next_seq, 2);
	assert_int_equal(spool_id(spool)[0], 1);
}

static void crash_leaves_a_gap(void **state)
{
	(void)state;
	assert_int_equal(put(4, "one"), ERR_OK);
	disk_finish();
	power_cut(0);
	start(2);
	assert_true(health().next_seq > 2);
	assert_int_equal(put(4, "two"), ERR_OK);
	assert_int_equal(read_all(0).count, 2);
}

static void torn_tail_is_cut(void **state)
{
	(void)state;
	fill(4, 3, 100);
	disk_finish();
	struct file *f = file_of("0000000000000001.seg");

	assert_non_null(f);
	f->data[f->size - 1] ^= 1;
	start(2);
	assert_int_equal(read_all(0).count, 2);
	assert_int_equal(f->size, SPOOL_FILE_HEADER + 2 * (SPOOL_FILE_RECORD + 100));
}

static void acked_segments_are_removed(void **state)
{
	(void)state;
	fill(1, 20, 500);
	unsigned before = (unsigned)health().bytes;

	spool_ack(spool, 15, now);
	assert_true(health().bytes < before);
	assert_int_equal(health().acked_seq, 15);
	assert_int_equal(read_all(15).count, 5);
	spool_ack(spool, 1000, now);
	assert_int_equal(health().acked_seq, 20);
}

static void full_spool_drops_low_before_high(void **state)
{
	(void)state;
	fill(1, 7, 500); /* one segment of low ones */
	fill(4, 7, 500); /* one of high ones */
	fill(1, 30, 500);
	struct spool_health h = health();

	assert_int_equal(h.dropped_high, 0);
	assert_true(h.dropped_low > 0);
	assert_true(read_all(0).count + h.dropped_low == 44);
	fill(4, 60, 500);
	h = health();
	assert_true(h.dropped_high > 0);
	fill(1, 8, 500);
	assert_true(health().dropped_low > h.dropped_low);
	assert_int_equal(health().dropped_high, h.dropped_high);
	assert_true(health().bytes <= 4 * 4096);
}

static void full_disk_keeps_records_in_memory_and_moves_them_later(void **state)
{
	(void)state;
	assert_int_equal(put(1, "on disk"), ERR_OK);
	disk.room = 5;
	assert_int_equal(put(4, "held"), ERR_OK);
	assert_int_equal(put(1, "held too"), ERR_OK);
	assert_int_equal(health().disk, ERR_NO_SPACE);
	assert_int_equal(health().held, 2);
	assert_int_equal(read_all(0).count, 3);
	assert_int_equal(health().synced_seq, 0);
	disk.room = SIZE_MAX;
	now.mono_us = spool_deadline(spool);
	now.mono_us += SPOOL_RETRY_US;
	spool_tick(spool, now);
	disk_finish();
	assert_int_equal(health().disk, ERR_OK);
	assert_int_equal(health().held, 0);
	assert_int_equal(health().synced_seq, 3);
	start(2);
	assert_int_equal(read_all(0).count, 3);
}

static void high_records_take_the_place_of_low_ones_when_the_disk_is_full(void **state)
{
	(void)state;
	fill(1, 14, 500);
	disk.room = 0;
	assert_int_equal(put(4, "important"), ERR_OK);
	assert_int_equal(health().disk, ERR_OK);
	assert_true(health().dropped_low > 0);
	assert_string_equal(read_all(0).text, "important");
}

static void memory_keeps_high_records_to_the_last(void **state)
{
	(void)state;
	disk.fails = ERR_READ_ONLY;
	fill(1, 100, 1000);
	assert_true(health().dropped_low > 0);
	fill(4, 20, 1000);
	assert_int_equal(health().dropped_high, 0);
	fill(4, 40, 1000);
	assert_true(health().dropped_high > 0);
	assert_int_equal(put(1, "low"), ERR_OK);
	fill(4, 1, 1000);
	assert_int_equal(health().disk, ERR_READ_ONLY);
}

static void damaged_segment_is_passed_over(void **state)
{
	(void)state;
	fill(4, 20, 500);
	disk_finish();
	struct file *f = file_of("0000000000000001.seg");

	f->data[SPOOL_FILE_HEADER + 3 * (SPOOL_FILE_RECORD + 500) + 100] ^= 1;
	struct got got = read_all(0);

	assert_int_equal(got.first, 1);
	assert_int_equal(got.last, 20);
	assert_int_equal(got.count + health().dropped_high, 20);
	assert_true(got.count < 20);
}

static void advance_moves_new_records_behind_what_the_service_has(void **state)
{
	(void)state;
	fill(4, 3, 500);
	disk_finish();
	start(2);
	uint64_t first = spool_start_seq(spool);

	fill(4, 20, 500);
	disk_finish();
	unsigned before = read_all(0).count;

	spool_advance(spool, first - 1, first + 5, now);
	disk_finish();
	struct got got = read_all(first + 5);

	assert_int_equal(got.count, 20 - (23 - before));
	assert_true(got.first > first + 5);
	assert_int_equal(got.last, health().next_seq - 1);
	spool_ack(spool, first + 5, now);
	assert_int_equal(read_all(first + 5).count, got.count);
	start(3);
	assert_true(health().next_seq > got.last);
	assert_int_equal(read_all(first + 5).count, got.count);
}

static void advance_in_the_middle_of_a_segment_leaves_the_first_part(void **state)
{
	(void)state;
	fill(4, 5, 100);
	spool_advance(spool, 2, 100, now);
	disk_finish();
	struct got got = read_all(0);

	assert_int_equal(got.count, 5);
	assert_int_equal(got.first, 1);
	assert_int_equal(read_all(2).first, 101);
	assert_int_equal(got.last, 103);
}

static void advance_moves_what_is_in_memory(void **state)
{
	(void)state;
	disk.fails = ERR_IO;
	fill(4, 5, 100);
	spool_advance(spool, 0, 50, now);
	assert_int_equal(read_all(0).first, 51);
	assert_int_equal(read_all(0).last, 55);
	assert_int_equal(health().next_seq, 56);
}

static void unwritable_start_is_a_spool_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(put(4, "one"), ERR_OK);
	disk_finish();
	disk.fails = ERR_READ_ONLY;
	start(7);
	assert_int_equal(spool_id(spool)[0], 7);
	assert_int_equal(put(4, "two"), ERR_OK);
	assert_int_equal(put(4, "three"), ERR_OK);
	assert_int_equal(read_all(0).count, 2);
	uint64_t two = read_all(0).first;

	/* What was given may have arrived: not before all of it is acknowledged does the old identity come back. */
	spool_ack(spool, two, now);
	disk.fails = ERR_OK;
	now.mono_us += SPOOL_RETRY_US;
	spool_tick(spool, now);
	assert_int_equal(put(4, "four"), ERR_OK);
	assert_int_equal(spool_id(spool)[0], 7);
	assert_int_equal(read_all(0).count, 1);
	spool_ack(spool, two + 1, now);
	spool_tick(spool, now);
	assert_int_equal(spool_id(spool)[0], 1);
	assert_int_equal(read_all(0).count, 2);
	assert_int_equal(read_all(0).first, 1);
	assert_string_equal(read_all(1).text, "four");
	disk_finish();
	assert_int_equal(health().synced_seq + 1, health().next_seq);
	start(8);
	assert_int_equal(spool_id(spool)[0], 1);
	assert_int_equal(read_all(0).count, 2);
}

static void longest_record_fits_and_longer_is_refused(void **state)
{
	(void)state;
	char text[SPOOL_RECORD_MAX + 1];

	memset(text, 'y', sizeof(text));
	assert_int_equal(spool_append(spool, 1, (struct str){text, SPOOL_RECORD_MAX}, now), ERR_OK);
	assert_int_equal(spool_append(spool, 1, (struct str){text, SPOOL_RECORD_MAX + 1}, now), ERR_TOO_LONG);
	assert_int_equal(read_all(0).count, 1);
	assert_int_equal(put(1, ""), ERR_OK);
	assert_int_equal(read_all(0).count, 2);
}

static void failed_sync_is_tried_again(void **state)
{
	(void)state;
	assert_int_equal(put(4, "one"), ERR_OK);
	uint64_t token = disk.sync_token;

	disk.sync_token = 0;
	spool_synced(spool, token, ERR_IO, now);
	assert_int_equal(health().disk, ERR_IO);
	assert_int_equal(health().synced_seq, 0);
	now.mono_us = spool_deadline(spool);
	spool_tick(spool, now);
	disk_finish();
	assert_int_equal(health().synced_seq, 1);
	assert_int_equal(health().disk, ERR_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_come_back_in_order),
		TEST(reading_goes_on_where_the_reader_stopped),
		TEST(high_records_sync_at_once_and_low_ones_wait),
		TEST(synced_records_survive_a_power_cut_and_numbers_are_not_used_twice),
		TEST(clean_end_leaves_no_gap),
		TEST(crash_leaves_a_gap),
		TEST(torn_tail_is_cut),
		TEST(acked_segments_are_removed),
		TEST(full_spool_drops_low_before_high),
		TEST(full_disk_keeps_records_in_memory_and_moves_them_later),
		TEST(high_records_take_the_place_of_low_ones_when_the_disk_is_full),
		TEST(memory_keeps_high_records_to_the_last),
		TEST(damaged_segment_is_passed_over),
		TEST(advance_moves_new_records_behind_what_the_service_has),
		TEST(advance_in_the_middle_of_a_segment_leaves_the_first_part),
		TEST(advance_moves_what_is_in_memory),
		TEST(unwritable_start_is_a_spool_of_its_own),
		TEST(longest_record_fits_and_longer_is_refused),
		TEST(failed_sync_is_tried_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
