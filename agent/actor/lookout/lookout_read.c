/* SPDX-License-Identifier: Apache-2.0 */
/* Never follows a link, never opens what is no regular file. */
#include "agent/actor/lookout/lookout_read.h"

#include "agent/actor/lookout/lookout_form.h"
#include "agent/base/key.h"
#include "agent/base/regular.h"
#include "agent/event/file.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (16 << 10)

static int64_t ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint8_t type_of(mode_t mode)
{
	if (S_ISREG(mode))
		return FILE_REGULAR;
	return S_ISLNK(mode) ? FILE_LINK : FILE_OTHER;
}

static bool is_untouched(const struct lookout_content *before, const struct lookout_content *c)
{
	return before && before->type == c->type && before->ino == c->ino && before->size == c->size &&
	       before->written_ns == c->written_ns && before->changed_ns == c->changed_ns;
}

/* Whether all of it was hashed. A file may grow while it is read. */
static bool hash_all(int fd, uint8_t hash[LOOKOUT_HASH_BYTES])
{
	static uint8_t piece[PIECE_BYTES];
	struct key_hash h;
	uint64_t size = 0;
	ssize_t got;

	key_hash_begin(&h);
	while ((got = read(fd, piece, sizeof(piece))) > 0 && size <= CONFIG_FILE_HASH_BYTES) {
		size += (uint64_t)got;
		key_hash_add(&h, piece, (size_t)got);
	}
	key_hash_end(&h, hash);
	return got == 0 && size <= CONFIG_FILE_HASH_BYTES;
}

static uint8_t read_form(int fd)
{
	static uint8_t first[LOOKOUT_FORM_BYTES];
	ssize_t got = pread(fd, first, sizeof(first), 0);

	return got < 0 ? LOOKOUT_FORM_UNREAD : lookout_form(first, (size_t)got);
}

static void read_bytes(struct lookout_content *c, int dir, const char *name, bool hash)
{
	struct stat st;
	int fd;

	if (regular_open(dir, name, O_RDONLY, &fd) != ERR_OK)
		return;
	/* Another one may have the name by now; of that one there are news to come. */
	if (fstat(fd, &st) == 0 && st.st_ino == c->ino) {
		c->form = read_form(fd);
		if (hash)
			c->hashed = c->size <= CONFIG_FILE_HASH_BYTES && hash_all(fd, c->hash);
	}
	close(fd);
}

static void read_link(struct lookout_read *r, int dir, const char *name)
{
	ssize_t got = readlinkat(dir, name, r->memory, sizeof(r->memory));

	if (got <= 0)
		return;
	r->target = (struct str){r->memory, (size_t)got};
	key_sha256(r->memory, (size_t)got, r->content.hash);
	r->content.hashed = true;
}

void lookout_read_file(struct lookout_read *r, int dir, struct str name, const struct lookout_content *before)
{
	struct lookout_content *c = &r->content;
	char text[NAME_MAX + 1];
	struct stat st;

	memset(c, 0, sizeof(*c));
	r->target = STR_NONE;
	if (dir < 0 || str_copy(name, text, sizeof(text)) != ERR_OK ||
	    fstatat(dir, text, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode))
		return;
	*c = (struct lookout_content){.type = type_of(st.st_mode),
				      .mode = st.st_mode & 07777,
				      .owner = st.st_uid,
				      .size = (uint64_t)st.st_size,
				      .ino = st.st_ino,
				      .written_ns = ns_of(st.st_mtim),
				      .changed_ns = ns_of(st.st_ctim)};
	if (c->type == FILE_LINK) {
		read_link(r, dir, text);
	} else if (is_untouched(before, c)) {
		c->hashed = before->hashed;
		c->form = before->form;
		memcpy(c->hash, before->hash, sizeof(c->hash));
		/* An older guard kept no form. */
		if (c->type == FILE_REGULAR && c->form == LOOKOUT_FORM_UNREAD)
			read_bytes(c, dir, text, false);
	} else if (c->type == FILE_REGULAR) {
		read_bytes(c, dir, text, true);
	}
}
