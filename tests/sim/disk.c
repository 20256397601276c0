/* SPDX-License-Identifier: Apache-2.0 */
/* The disk of the simulated device. */
#include "tests/sim/disk.h"

#include "agent/base/require.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYNCS_MAX 256

/* Syncs under way: how much of which file becomes durable. */
static struct sync {
	uint64_t tag, token; /* tag 0: free */
	int file;
	size_t len;
} syncs[SYNCS_MAX];

static world_call when_synced;

void disk_begin(struct disk *d, struct world *w)
{
	memset(d, 0, sizeof(*d));
	memset(syncs, 0, sizeof(syncs));
	d->world = w;
}

void disk_end(struct disk *d)
{
	for (unsigned i = 0; i < DISK_FILES_MAX; i++)
		free(d->files[i].bytes);
}

static struct disk_file *find(const struct disk *d, const char *name)
{
	for (unsigned i = 0; i < DISK_FILES_MAX; i++)
		if (strcmp(d->files[i].name, name) == 0)
			return (struct disk_file *)(uintptr_t)&d->files[i];
	return NULL;
}

static struct disk_file *there(const struct disk *d, const char *name)
{
	struct disk_file *f = find(d, name);

	return f && !f->gone ? f : NULL;
}

static void grow(struct disk_file *f, size_t len)
{
	if (len <= f->cap)
		return;
	f->cap = len * 2;
	f->bytes = realloc(f->bytes, f->cap);
	require(f->bytes != NULL);
}

static void erase(struct disk_file *f)
{
	free(f->bytes);
	*f = (struct disk_file){0};
}

static struct disk_file *create(struct disk *d, const char *name)
{
	struct disk_file *f = find(d, name);

	if (f && f->gone)
		erase(f);
	for (unsigned i = 0; !there(d, name) && i < DISK_FILES_MAX; i++) {
		if (d->files[i].name[0])
			continue;
		snprintf(d->files[i].name, DISK_NAME_MAX, "%s", name);
	}
	f = there(d, name);
	require(f != NULL);
	return f;
}

/* Each write may be the last thing that happens. */
static void count_write(struct disk *d)
{
	d->writes++;
	if (d->world->peace || !d->world->mishap_armed)
		return;
	if (d->writes == d->strike_power)
		world_strike(d->world, MISHAP_POWER);
	if (d->writes == d->strike_crash)
		world_strike(d->world, MISHAP_CRASH);
}

static enum err op_append(void *context, const char *name, const void *data, size_t len)
{
	struct disk *d = context;
	struct disk_file *f;

	if (d->trouble != ERR_OK)
		return d->trouble;
	f = create(d, name);
	grow(f, f->len + len);
	if (len)
		memcpy(f->bytes + f->len, data, len);
	f->len += len;
	count_write(d);
	return ERR_OK;
}

static enum err op_read(void *context, const char *name, uint64_t offset, void *out, size_t cap, size_t *got)
{
	struct disk_file *f = there(context, name);

	*got = 0;
	if (!f)
		return ERR_NOT_FOUND;
	if (offset < f->len) {
		*got = f->len - (size_t)offset < cap ? f->len - (size_t)offset : cap;
		memcpy(out, f->bytes + offset, *got);
	}
	return ERR_OK;
}

static enum err op_remove(void *context, const char *name)
{
	struct disk_file *f = there(context, name);

	if (!f)
		return ERR_NOT_FOUND;
	f->gone = true;
	if (!f->known)
		erase(f);
	count_write(context);
	return ERR_OK;
}

static enum err op_cut(void *context, const char *name, uint64_t size)
{
	struct disk_file *f = there(context, name);

	if (!f)
		return ERR_NOT_FOUND;
	if (size < f->len)
		f->len = (size_t)size;
	if (f->synced_len > f->len)
		f->synced_len = f->len;
	count_write(context);
	return ERR_OK;
}

enum err disk_replace(struct disk *d, const char *name, struct str bytes)
{
	struct disk_file *f;

	if (d->trouble != ERR_OK)
		return d->trouble;
	count_write(d); /* before it happens, or afterwards */
	f = create(d, name);
	grow(f, bytes.len);
	memcpy(f->bytes, bytes.data, bytes.len);
	f->len = f->synced_len = bytes.len;
	f->known = true;
	count_write(d);
	return ERR_OK;
}

static enum err op_replace(void *context, const char *name, const void *data, size_t len)
{
	return disk_replace(context, name, (struct str){data, len});
}

static void op_sync(void *context, const char *name, uint64_t token)
{
	struct disk *d = context;
	struct disk_file *f = there(d, name);
	unsigned i = 0;

	while (i < SYNCS_MAX && syncs[i].tag)
		i++;
	require(i < SYNCS_MAX);
	syncs[i] = (struct sync){++d->generation, token, f ? (int)(f - d->files) : -1, f ? f->len : 0};
	world_after(d->world, 100 + (int64_t)world_random(d->world, d->world->scenario->sync_ms * 1000 + 1),
		    when_synced, syncs[i].tag);
}

static void make_durable(struct disk *d, const struct sync *s)
{
	struct disk_file *f = s->file < 0 ? NULL : &d->files[s->file];

	if (f && f->name[0]) {
		f->known = true;
		if (s->len > f->synced_len)
			f->synced_len = s->len < f->len ? s->len : f->len;
	}
	/* The directory is synced with it: what is gone is gone for good. */
	for (unsigned n = 0; n < DISK_FILES_MAX; n++)
		if (d->files[n].gone)
			erase(&d->files[n]);
}

bool disk_synced(struct disk *d, uint64_t tag, uint64_t *token, enum err *err)
{
	for (unsigned i = 0; i < SYNCS_MAX; i++) {
		if (syncs[i].tag != tag)
			continue;
		*token = syncs[i].token;
		*err = d->trouble;
		if (d->trouble == ERR_OK)
			make_durable(d, &syncs[i]);
		syncs[i].tag = 0;
		return true;
	}
	return false;
}

static enum err op_list(void *context, void (*found)(void *arg, const char *name, uint64_t size), void *arg)
{
	struct disk *d = context;

	for (unsigned i = 0; i < DISK_FILES_MAX; i++)
		if (d->files[i].name[0] && !d->files[i].gone)
			found(arg, d->files[i].name, d->files[i].len);
	return ERR_OK;
}

struct spool_disk disk_ops(struct disk *d, world_call synced)
{
	when_synced = synced;
	memset(syncs, 0, sizeof(syncs));
	return (struct spool_disk){
		.context = d,
		.append = op_append,
		.read = op_read,
		.remove = op_remove,
		.cut = op_cut,
		.replace = op_replace,
		.sync = op_sync,
		.list = op_list,
	};
}

struct str disk_get(const struct disk *d, const char *name)
{
	struct disk_file *f = there(d, name);

	return f ? (struct str){(const char *)f->bytes, f->len} : STR_NONE;
}

void disk_lose(struct disk *d)
{
	struct world *w = d->world;

	memset(syncs, 0, sizeof(syncs));
	for (unsigned i = 0; i < DISK_FILES_MAX; i++) {
		struct disk_file *f = &d->files[i];

		if (!f->name[0])
			continue;
		if ((f->gone || !f->known) && world_chance(w, 500)) {
			erase(f);
			continue;
		}
		f->gone = false;
		f->known = true;
		size_t loose = f->len - f->synced_len;

		if (loose) {
			f->len = f->synced_len + (size_t)world_random(w, loose + 1);
			loose = f->len - f->synced_len;
			if (loose && world_chance(w, 300))
				world_bytes(w, f->bytes + f->len - 1 - world_random(w, loose), 1);
		}
		f->synced_len = f->len;
	}
}
