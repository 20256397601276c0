/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of the undo journal: opened and replayed at start, appended to before or beside every action, rewritten with
 * what is live when it has grown. A disk that is full or read-only is a state that the guard reports, never an end.
 */
#include "agent/actor/ledger/journal.h"

#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_MAX (2 * JOURNAL_BYTES_MAX)

static const char name[] = "journal", next_name[] = "journal.next", damaged_name[] = "journal.damaged";

/* Gets the disk to have room for `bytes` of the file and JOURNAL_RESERVE more. */
static void reserve(struct journal *j)
{
	if (fallocate(j->fd, FALLOC_FL_KEEP_SIZE, (off_t)j->bytes, JOURNAL_RESERVE) == 0) {
		j->reserve = ERR_OK;
		j->reserved = j->bytes + JOURNAL_RESERVE;
	} else {
		j->reserve = err_from_errno(errno);
	}
}

/*
 * The damaged file gets its second name, so that it stays when the rewritten one takes the first. That needs no room,
 * and no moment is without a journal.
 */
static enum err keep_damaged(struct journal *j)
{
	if ((unlinkat(j->dir, damaged_name, 0) != 0 && errno != ENOENT) ||
	    linkat(j->dir, name, j->dir, damaged_name, 0) != 0 || fchmod(j->fd, 0600) != 0 || fsync(j->fd) != 0 ||
	    fsync(j->dir) != 0)
		return err_from_errno(errno);
	return ERR_OK;
}

/* Half a record at the end is cut off before anything is written behind it. */
static enum err cut_torn(struct journal *j)
{
	if (j->torn && ftruncate(j->fd, j->bytes) != 0)
		return ERR_IO;
	/* What was reserved behind the end went with it. */
	if (j->torn)
		j->reserved = j->bytes;
	j->torn = false;
	return ERR_OK;
}

static enum err read_all(struct journal *j, off_t size,
			 void (*each)(void *context, const struct journal_record *record), void *context)
{
	struct journal_scan found;
	void *map;

	if (size == 0)
		return ERR_OK;
	map = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, j->fd, 0);
	if (map == MAP_FAILED)
		return err_from_errno(errno);
	journal_scan((struct str){map, (size_t)size}, each, context, &found);
	munmap(map, (size_t)size);
	j->bytes = (uint32_t)size - found.torn;
	j->skipped = found.skipped;
	j->unknown = found.unknown;
	j->cut = found.torn;
	return ERR_OK;
}

static enum err open_file(struct journal *j, int flags, off_t *size)
{
	struct stat st;

	enum err err = regular_open(j->dir, name, flags, &j->fd);

	if (err == ERR_OK && fstat(j->fd, &st) != 0)
		err = err_from_errno(errno);
	*size = err == ERR_OK ? st.st_size : 0;
	return err;
}

/* Too big to be a journal, so that nothing in it is read. */
static enum err set_aside(struct journal *j, off_t *size)
{
	j->skipped = *size < (off_t)UINT32_MAX ? (uint32_t)*size : UINT32_MAX;
	if (renameat(j->dir, name, j->dir, damaged_name) != 0)
		return err_from_errno(errno);
	close(j->fd);
	return open_file(j, O_RDWR | O_CREAT | O_APPEND, size);
}

static enum err open_for_writing(struct journal *j, void (*each)(void *context, const struct journal_record *record),
				 void *context)
{
	off_t size = 0;
	enum err err = open_file(j, O_RDWR | O_CREAT | O_APPEND, &size);

	if (err == ERR_OK && size > (off_t)READ_MAX)
		err = set_aside(j, &size);
	else if (err == ERR_OK)
		err = read_all(j, size, each, context);
	if (err != ERR_OK)
		return err;
	if (size > 0 && (j->skipped > 0 || j->unknown > 0))
		j->kept = keep_damaged(j);
	j->torn = j->cut > 0;
	err = cut_torn(j);
	j->live_bytes = j->bytes;
	reserve(j);
	return err;
}

enum err journal_open(struct journal *j, int dir, void (*each)(void *context, const struct journal_record *record),
		      void *context)
{
	off_t size = 0;

	*j = (struct journal){.dir = dir, .fd = -1, .next_fd = -1};
	j->state = open_for_writing(j, each, context);
	if (j->state == ERR_OK)
		return ERR_OK;
	/* What a read-only disk still tells is better than nothing. */
	if (j->fd < 0 && open_file(j, O_RDONLY, &size) == ERR_OK && size <= (off_t)READ_MAX &&
	    read_all(j, size, each, context) == ERR_OK)
		j->cut = 0;
	journal_close(j);
	return j->state;
}

enum err journal_read(const struct journal *j, void (*each)(void *context, const struct journal_record *record),
		      void *context)
{
	struct journal_scan found;
	void *map;

	if (j->fd < 0)
		return j->state;
	if (j->bytes == 0)
		return ERR_OK;
	map = mmap(NULL, j->bytes, PROT_READ, MAP_PRIVATE, j->fd, 0);
	if (map == MAP_FAILED)
		return err_from_errno(errno);
	journal_scan((struct str){map, j->bytes}, each, context, &found);
	munmap(map, j->bytes);
	return ERR_OK;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	if (j->next_fd >= 0)
		close(j->next_fd);
	j->fd = j->next_fd = -1;
	if (j->state == ERR_OK)
		j->state = ERR_IO;
}

/* All of it, or an error; then a part of it may be there. */
static enum err write_all(int fd, struct str bytes)
{
	ssize_t written = write(fd, bytes.data, bytes.len);

	if (written == (ssize_t)bytes.len)
		return ERR_OK;
	return written < 0 ? err_from_errno(errno) : ERR_NO_SPACE;
}

static bool takes_back(uint8_t kind)
{
	return kind == JOURNAL_UNBAN || kind == JOURNAL_ENDED;
}

/* Whether len more bytes can be written. A file system that cannot reserve shows that in the write. */
static enum err make_room(struct journal *j, size_t len, bool to_the_last)
{
	size_t kept = to_the_last ? 0 : JOURNAL_KEPT;

	if (j->bytes + len + kept > JOURNAL_BYTES_MAX + JOURNAL_KEPT)
		return ERR_FULL;
	if (j->reserve != ERR_UNSUPPORTED && j->bytes + JOURNAL_RESERVE / 2 > j->reserved)
		reserve(j);
	return j->reserve == ERR_NO_SPACE && j->bytes + len + kept > j->reserved ? ERR_NO_SPACE : ERR_OK;
}

enum err journal_append(struct journal *j, const struct journal_record *record)
{
	uint8_t memory[JOURNAL_HEADER + JOURNAL_BODY_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	enum err err = journal_encode(&b, record);

	if (err != ERR_OK)
		return err;
	if (j->fd < 0)
		return j->state;
	j->state = cut_torn(j);
	if (j->state == ERR_OK)
		j->state = make_room(j, b.len, takes_back(record->kind));
	if (j->state != ERR_OK)
		return j->state;
	j->state = write_all(j->fd, buf_str(&b));
	if (j->state == ERR_OK) {
		j->bytes += (uint32_t)b.len;
		j->dirty = true;
	} else {
		j->torn = true;
		(void)!cut_torn(j);
	}
	return j->state;
}

enum err journal_sync(struct journal *j)
{
	if (j->fd < 0)
		return j->state;
	j->dirty = false;
	if (fdatasync(j->fd) == 0)
		return ERR_OK;
	j->state = err_from_errno(errno);
	return j->state;
}

bool journal_wants_rewrite(const struct journal *j)
{
	return j->fd >= 0 && j->bytes > JOURNAL_REWRITE_BYTES && j->bytes / 2 > j->live_bytes;
}

enum err journal_rewrite_begin(struct journal *j)
{
	if (j->fd < 0)
		return j->state;
	j->next_bytes = 0;
	(void)unlinkat(j->dir, next_name, 0);
	j->next_fd = openat(j->dir, next_name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	return j->next_fd < 0 ? err_from_errno(errno) : ERR_OK;
}

enum err journal_rewrite_add(struct journal *j, const struct journal_record *record)
{
	uint8_t memory[JOURNAL_HEADER + JOURNAL_BODY_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	enum err err = journal_encode(&b, record);

	if (err == ERR_OK)
		err = write_all(j->next_fd, buf_str(&b));
	if (err == ERR_OK)
		j->next_bytes += (uint32_t)b.len;
	return err;
}

void journal_rewrite_drop(struct journal *j)
{
	if (j->next_fd >= 0) {
		close(j->next_fd);
		(void)unlinkat(j->dir, next_name, 0);
	}
	j->next_fd = -1;
	/* Not again before as much has been added once more. */
	j->live_bytes = j->bytes;
}

enum err journal_rewrite_finish(struct journal *j)
{
	if (fdatasync(j->next_fd) != 0 || renameat(j->dir, next_name, j->dir, name) != 0) {
		enum err err = err_from_errno(errno);

		journal_rewrite_drop(j);
		return err;
	}
	close(j->fd);
	j->fd = j->next_fd;
	j->next_fd = -1;
	j->bytes = j->live_bytes = j->reserved = j->next_bytes;
	j->dirty = j->torn = false;
	reserve(j);
	return fsync(j->dir) == 0 ? ERR_OK : err_from_errno(errno);
}
