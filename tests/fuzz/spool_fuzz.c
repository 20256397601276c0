/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool against a disk that holds anything and does as it likes. The input is a script: files with any bytes,
 * valid records put among them, appends, reads, acknowledgements, syncs that end or fail, writes that fail,
 * restarts. Whatever happens, numbers rise, what a reader gets is what was written or was on the disk with a good
 * CRC, and counts add up.
 */
#include "agent/base/hash.h"
#include "agent/base/require.h"
#include "agent/base/view.h"
#include "agent/spool/spool.h"
#include "agent/spool/spool_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES 24
#define FILE_BYTES 24576

static struct {
	char name[32];
	size_t size;
	uint8_t bytes[FILE_BYTES];
} files[FILES];
static enum err trouble;
static uint64_t sync_token;
static struct spool *spool;
static struct now now;

static int find(const char *name, bool make)
{
	int free = -1;

	for (int i = 0; i < FILES; i++) {
		if (strcmp(files[i].name, name) == 0)
			return i;
		free = free < 0 && !files[i].name[0] ? i : free;
	}
	if (!make || free < 0)
		return -1;
	strncpy(files[free].name, name, sizeof(files[free].name) - 1);
	files[free].size = 0;
	return free;
}

static enum err put(const char *name, const void *data, size_t len)
{
	int i = trouble ? -1 : find(name, true);
	size_t part = i < 0 ? 0 : FILE_BYTES - files[i].size < len ? FILE_BYTES - files[i].size : len;

	if (trouble)
		return trouble;
	if (i >= 0 && part) {
		memcpy(files[i].bytes + files[i].size, data, part);
		files[i].size += part;
	}
	return i >= 0 && part == len ? ERR_OK : ERR_NO_SPACE;
}

static enum err disk_append(void *context, const char *name, const void *data, size_t len)
{
	(void)context;
	return put(name, data, len);
}

static enum err disk_read(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got)
{
	int i = find(name, false);

	(void)context;
	*got = 0;
	if (i < 0 || trouble == ERR_IO)
		return i < 0 ? ERR_NOT_FOUND : ERR_IO;
	if (offset < files[i].size) {
		*got = files[i].size - offset < cap ? files[i].size - offset : cap;
		memcpy(out, files[i].bytes + offset, *got);
	}
	return ERR_OK;
}

static enum err disk_remove(void *context, const char *name)
{
	int i = find(name, false);

	(void)context;
	if (trouble)
		return trouble;
	if (i >= 0)
		files[i].name[0] = 0;
	return i >= 0 ? ERR_OK : ERR_NOT_FOUND;
}

static enum err disk_cut(void *context, const char *name, uint64_t to)
{
	int i = find(name, false);

	(void)context;
	if (i >= 0 && !trouble && to < files[i].size)
		files[i].size = (size_t)to;
	return trouble ? trouble : i >= 0 ? ERR_OK : ERR_NOT_FOUND;
}

static enum err disk_replace(void *context, const char *name, const void *data, size_t len)
{
	(void)context;
	if (!trouble && find(name, true) >= 0)
		files[find(name, true)].size = 0;
	return put(name, data, len);
}

static void disk_sync(void *context, const char *name, uint64_t token)
{
	(void)context;
	(void)name;
	require(sync_token == 0);
	sync_token = token;
}

static enum err disk_list(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg)
{
	(void)context;
	for (int i = 0; i < FILES; i++) {
		if (files[i].name[0])
			found(arg, files[i].name, files[i].size);
	}
	return trouble == ERR_IO ? ERR_IO : ERR_OK;
}

static const struct spool_disk disk = {.append = disk_append,
				       .read = disk_read,
				       .remove = disk_remove,
				       .cut = disk_cut,
				       .replace = disk_replace,
				       .sync = disk_sync,
				       .list = disk_list};

static void start(uint8_t id)
{
	static const struct spool_limits limits = {.segment_bytes = 4096, .segments_max = 4, .sync_delay_us = 1000};
	uint8_t new_id[SPOOL_ID];

	memset(new_id, id, sizeof(new_id));
	sync_token = 0;
	free(spool);
	spool = malloc(spool_size(&limits));
	require(spool);
	spool = spool_init(spool, &limits, &disk, new_id);
	require(spool_start_seq(spool) > 0);
}

struct reading {
	uint64_t last;
	unsigned left;
};

static bool each(void *arg, uint64_t seq, unsigned severity, struct str bytes)
{
	struct reading *r = arg;
	volatile uint32_t sum = hash_crc32c(0, bytes.data, bytes.len);

	(void)sum;
	(void)severity;
	require(seq > r->last && bytes.len <= SPOOL_RECORD_MAX);
	r->last = seq;
	return r->left-- > 1;
}

static void check(void)
{
	struct spool_health h;

	spool_health(spool, &h);
	require(h.next_seq >= spool_start_seq(spool));
	require(h.acked_seq < h.next_seq && h.synced_seq < h.next_seq);
}

/* Bytes of a segment that a disk might give back, made whole so that what follows the CRC is reached too. */
static void plant(struct view *v, uint64_t first_seq)
{
	uint8_t record[SPOOL_FILE_RECORD + 256], header[SPOOL_FILE_HEADER], id[SPOOL_ID];
	char name[SPOOL_FILE_NAME];
	uint8_t len = view_be8(v);
	struct spool_file_record r = {.seq = first_seq + view_be8(v) % 8, .severity = view_be8(v)};

	memset(id, view_be8(v) % 2, sizeof(id));
	r.bytes = (struct str){(const char *)view_borrow(v, len), len};
	if (v->short_read)
		return;
	spool_file_name(first_seq, name);
	if (find(name, false) < 0) {
		spool_file_put_header(header, id, first_seq);
		put(name, header, sizeof(header));
	}
	spool_file_put_record(record, &r);
	put(name, record, SPOOL_FILE_RECORD + r.bytes.len);
}

static void step(struct view *v)
{
	static const enum err troubles[] = {ERR_OK, ERR_NO_SPACE, ERR_READ_ONLY, ERR_IO};
	char name[SPOOL_FILE_NAME];
	uint8_t op = view_be8(v), arg = view_be8(v);
	struct reading r = {.last = arg, .left = 1u + arg};
	struct spool_file_mark mark = {.acked = arg, .reserved = arg * 3u};
	uint8_t bytes[SPOOL_FILE_MARK];
	size_t len = (size_t)arg * 40;

	switch (op % 12) {
	case 0:
		spool_file_name(arg, name);
		len = v->len < arg ? v->len : arg;
		put(arg % 5 ? name : SPOOL_FILE_MARK_NAME, view_borrow(v, len), len);
		break;
	case 1: plant(v, arg); break;
	case 2:
		len = len > v->len ? v->len : len;
		if (spool_append(spool, op / 12 % 6, (struct str){(const char *)view_borrow(v, len), len}, now))
			check();
		break;
	case 3: spool_ack(spool, arg * (op / 12 + 1u), now); break;
	case 4:
		r.last = r.last > 0 ? r.last : 0;
		(void)!spool_read(spool, r.last, each, &r);
		break;
	case 5: spool_advance(spool, arg, arg + view_be16(v), now); break;
	case 6: trouble = troubles[arg % 4]; break;
	case 7: start(arg % 2); break;
	case 8:
		if (sync_token) {
			uint64_t token = sync_token;

			sync_token = 0;
			spool_synced(spool, token, troubles[arg % 4], now);
		}
		break;
	case 9:
		now.mono_us += (int64_t)arg * 100000;
		spool_tick(spool, now);
		break;
	case 10: spool_close(spool); break;
	default:
		memset(mark.id, op / 12 % 2, sizeof(mark.id));
		spool_file_put_mark(bytes, &mark);
		disk_replace(NULL, SPOOL_FILE_MARK_NAME, bytes, sizeof(bytes));
	}
	check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view v = view_over(data, size);

	memset(files, 0, sizeof(files));
	trouble = ERR_OK;
	now = (struct now){.mono_us = 1};
	start(1);
	for (unsigned i = 0; i < 400 && v.len && !v.short_read; i++)
		step(&v);
	free(spool);
	spool = NULL;
	return 0;
}
