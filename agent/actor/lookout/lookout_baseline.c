/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and reads the baseline. Judges no file. */
#include "agent/actor/lookout/lookout_baseline.h"

#include "agent/actor/lookout/lookout_form.h"
#include "agent/base/hash.h"
#include "agent/base/regular.h"
#include "agent/base/say.h"
#include "agent/base/view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "CALTROPB"
#define VERSION 1
#define NAME "baseline"
#define NO_DIR UINT16_MAX
#define FORM_SHIFT 1 /* of the form, beside whether it is hashed */

static char memory[LOOKOUT_BASELINE_MAX];

static void put_file(struct buf *b, const struct lookout_known *k, uint16_t dir)
{
	const struct lookout_content *c = &k->content;

	buf_be16(b, dir);
	buf_be8(b, k->group);
	buf_be8(b, k->name_len);
	buf_bytes(b, k->name, k->name_len);
	buf_be8(b, c->type);
	buf_be8(b, (uint8_t)(c->hashed | c->form << FORM_SHIFT));
	buf_be32(b, c->mode);
	buf_be32(b, c->owner);
	buf_be64(b, c->size);
	buf_be64(b, c->ino);
	buf_be64(b, (uint64_t)c->written_ns);
	buf_be64(b, (uint64_t)c->changed_ns);
	buf_bytes(b, c->hash, sizeof(c->hash));
}

void lookout_baseline_encode(struct buf *b, const struct lookout_files *f)
{
	uint16_t numbers[LOOKOUT_DIRS_MAX], count = 0;

	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++)
		numbers[i] = f->dirs->rows[i].used && f->dirs->rows[i].wanted ? count++ : NO_DIR;
	buf_text(b, MAGIC);
	buf_be16(b, VERSION);
	buf_be16(b, count);
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++) {
		const char *path = f->dirs->rows[i].path;

		if (numbers[i] == NO_DIR)
			continue;
		buf_be16(b, (uint16_t)strlen(path));
		buf_text(b, path);
	}
	for (const struct lookout_known *k = lru_oldest(&f->known); k; k = lru_newer(&f->known, k))
		if (numbers[k->dir] != NO_DIR)
			put_file(b, k, numbers[k->dir]);
	buf_be32(b, hash_crc32c(0, b->data, b->len));
}

static struct lookout_dir *find_dir(struct lookout_dirs *d, struct str path)
{
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++)
		if (d->rows[i].used && d->rows[i].wanted && str_equal(str_from(d->rows[i].path), path))
			return &d->rows[i];
	return NULL;
}

/* False: what follows makes no sense. */
static bool take_file(struct lookout_files *f, struct view *v, struct lookout_dir *const dirs[], uint16_t count)
{
	struct lookout_known k = {.dir = view_be16(v)};
	struct lookout_content *c = &k.content;
	uint8_t how;

	k.group = view_be8(v);
	k.name_len = view_be8(v);
	if (k.dir >= count || k.group >= FILE_GROUPS || k.name_len == 0 || k.name_len > sizeof(k.name))
		return false;
	view_bytes(v, k.name, k.name_len);
	c->type = view_be8(v);
	how = view_be8(v);
	c->hashed = how & 1;
	c->form = how >> FORM_SHIFT;
	c->mode = view_be32(v);
	c->owner = view_be32(v);
	c->size = view_be64(v);
	c->ino = view_be64(v);
	c->written_ns = (int64_t)view_be64(v);
	c->changed_ns = (int64_t)view_be64(v);
	view_bytes(v, c->hash, sizeof(c->hash));
	if (c->type == FILE_TYPE_NONE || c->type >= FILE_TYPES || c->form >= LOOKOUT_FORMS || v->short_read)
		return false;
	if (dirs[k.dir])
		lookout_files_adopt(f, dirs[k.dir], &k);
	return true;
}

static enum err take_all(struct lookout_files *f, struct view *v)
{
	struct lookout_dir *dirs[LOOKOUT_DIRS_MAX];
	uint16_t count = view_be16(v);

	if (count > LOOKOUT_DIRS_MAX)
		return ERR_CORRUPT;
	for (uint16_t i = 0; i < count; i++) {
		uint16_t len = view_be16(v);
		const uint8_t *path = view_borrow(v, len);

		if (!path)
			return ERR_TRUNCATED;
		dirs[i] = find_dir(f->dirs, (struct str){(const char *)path, len});
		if (dirs[i])
			dirs[i]->based = true;
	}
	while (v->len > 0)
		if (!take_file(f, v, dirs, count))
			return ERR_CORRUPT;
	return view_done(v);
}

enum err lookout_baseline_decode(struct lookout_files *f, struct str bytes)
{
	struct view v, crc;
	enum err err;

	if (bytes.len < sizeof(MAGIC) + 8 || !str_starts(bytes, STR(MAGIC)))
		return ERR_CORRUPT;
	crc = view_over(bytes.data + bytes.len - 4, 4);
	if (view_be32(&crc) != hash_crc32c(0, bytes.data, bytes.len - 4))
		return ERR_CORRUPT;
	v = view_over(bytes.data + strlen(MAGIC), bytes.len - strlen(MAGIC) - 4);
	if (view_be16(&v) != VERSION)
		return ERR_UNSUPPORTED;
	err = take_all(f, &v);
	if (err == ERR_OK)
		return ERR_OK;
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++)
		f->dirs->rows[i].based = false;
	lookout_files_init(f, f->dirs);
	return err;
}

static int open_dir(const char *state_dir)
{
	char path[SETTINGS_PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/actor", state_dir);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Errors but ERR_NOT_FOUND: it is there and cannot be read. */
static enum err read_all(int dir, struct str *out)
{
	ssize_t got = 1;
	enum err err;
	int fd;

	*out = (struct str){memory, 0};
	err = regular_open(dir, NAME, O_RDONLY, &fd);
	if (err != ERR_OK)
		return err;
	while (out->len < sizeof(memory) && (got = read(fd, memory + out->len, sizeof(memory) - out->len)) > 0)
		out->len += (size_t)got;
	close(fd);
	return got == 0 ? ERR_OK : ERR_TOO_LONG;
}

bool lookout_baseline_load(struct lookout_files *f, const char *state_dir)
{
	int dir = open_dir(state_dir);
	struct str bytes;
	enum err err;

	if (dir < 0)
		return false;
	err = read_all(dir, &bytes);
	if (err == ERR_OK)
		err = lookout_baseline_decode(f, bytes);
	if (err != ERR_OK && err != ERR_NOT_FOUND) {
		say(SAY_WARNING,
		    "the baseline of files cannot be used (%s) and is kept as %s/actor/" NAME ".damaged: "
		    "what changed while the guard was down is not told",
		    err_text(err), state_dir);
		(void)!renameat(dir, NAME, dir, NAME ".damaged");
	}
	close(dir);
	return err == ERR_OK;
}

static enum err write_all(int dir, const struct buf *b)
{
	enum err err;
	int fd;

	(void)!unlinkat(dir, NAME ".new", 0);
	err = regular_open(dir, NAME ".new", O_WRONLY | O_CREAT | O_EXCL, &fd);
	if (err != ERR_OK)
		return err;
	errno = ENOSPC; /* of a write that is short */
	if (write(fd, b->data, b->len) != (ssize_t)b->len || fdatasync(fd) != 0 ||
	    renameat(dir, NAME ".new", dir, NAME) != 0)
		err = err_from_errno(errno);
	close(fd);
	return err;
}

enum err lookout_baseline_save(const struct lookout_files *f, const char *state_dir)
{
	struct buf b = buf_over(memory, sizeof(memory));
	int dir = open_dir(state_dir);
	enum err err;

	if (dir < 0)
		return err_from_errno(errno);
	lookout_baseline_encode(&b, f);
	err = buf_check(&b);
	if (err == ERR_OK)
		err = write_all(dir, &b);
	close(dir);
	return err;
}
