/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of the undo journal: opened and replayed at start, appended to before or beside every action, rewritten with
 * what is live when it has grown. A disk that is full or read-only is a state that the guard reports, never an end.
 */
#include "agent/actor/ledger/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name[] = "journal", next_name[] = "journal.next";

/* Calls `each` for whole records; how many bytes those are. */
static uint32_t replay(struct str bytes, void (*each)(void *context, const struct journal_record *record),
		       void *context)
{
	struct str rest = bytes;
	struct journal_record record;

	while (!str_empty(rest) && journal_decode(&rest, &record) == ERR_OK)
		each(context, &record);
	return (uint32_t)(bytes.len - rest.len);
}

static enum err read_all(struct journal *j, void (*each)(void *context, const struct journal_record *record),
			 void *context)
{
	struct stat st;
	void *map;

	if (fstat(j->fd, &st) != 0)
		return err_from_errno(errno);
	if (st.st_size == 0)
		return ERR_OK;
	if (st.st_size > (off_t)(2 * JOURNAL_BYTES_MAX))
		return ERR_TOO_LONG;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, j->fd, 0);
	if (map == MAP_FAILED)
		return err_from_errno(errno);
	j->bytes = replay((struct str){map, (size_t)st.st_size}, each, context);
	munmap(map, (size_t)st.st_size);
	j->cut = (uint32_t)st.st_size - j->bytes;
	if (j->cut > 0 && ftruncate(j->fd, j->bytes) != 0)
		return err_from_errno(errno);
	return ERR_OK;
}

enum err journal_open(struct journal *j, int dir, void (*each)(void *context, const struct journal_record *record),
		      void *context)
{
	*j = (struct journal){.dir = dir, .fd = -1, .next_fd = -1};
	j->fd = openat(dir, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (j->fd < 0) {
		j->state = err_from_errno(errno);
		/* What a read-only disk still tells is better than nothing. */
		j->fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (j->fd >= 0 && read_all(j, each, context) == ERR_OK)
			j->cut = 0;
		journal_close(j);
		return j->state;
	}
	j->state = read_all(j, each, context);
	j->live_bytes = j->bytes;
	if (j->state != ERR_OK)
		journal_close(j);
	return j->state;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	if (j->next_fd >= 0)
		close(j->next_fd);
	j->fd = j->next_fd = -1;
}

/* All of the record, or an error; then a part of it may be there. */
static enum err write_record(int fd, const struct journal_record *record, uint32_t *bytes)
{
	uint8_t memory[JOURNAL_HEADER + JOURNAL_BODY_MAX];
	struct buf b = buf_over(memory, sizeof(memory));
	enum err err = journal_encode(&b, record);
	ssize_t written;

	if (err != ERR_OK)
		return err;
	written = write(fd, b.data, b.len);
	if (written == (ssize_t)b.len) {
		*bytes += (uint32_t)b.len;
		return ERR_OK;
	}
	return written < 0 ? err_from_errno(errno) : ERR_NO_SPACE;
}

/* Half a record would hide every later one from the next start, so nothing is written behind it. */
static enum err cut_torn(struct journal *j)
{
	if (j->torn && ftruncate(j->fd, j->bytes) != 0)
		return ERR_IO;
	j->torn = false;
	return ERR_OK;
}

enum err journal_append(struct journal *j, const struct journal_record *record)
{
	if (j->fd < 0)
		return j->state != ERR_OK ? j->state : ERR_IO;
	if (j->bytes >= JOURNAL_BYTES_MAX) {
		j->state = ERR_FULL;
		return j->state;
	}
	j->state = cut_torn(j);
	if (j->state == ERR_OK) {
		j->state = write_record(j->fd, record, &j->bytes);
		j->torn = j->state != ERR_OK;
	}
	if (j->torn)
		(void)!cut_torn(j);
	j->dirty = j->dirty || j->state == ERR_OK;
	return j->state;
}

enum err journal_sync(struct journal *j)
{
	if (j->fd < 0)
		return j->state;
	j->dirty = false;
	if (fdatasync(j->fd) != 0)
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
	j->next_fd = openat(j->dir, next_name, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	return j->next_fd < 0 ? err_from_errno(errno) : ERR_OK;
}

enum err journal_rewrite_add(struct journal *j, const struct journal_record *record)
{
	return write_record(j->next_fd, record, &j->next_bytes);
}

void journal_rewrite_drop(struct journal *j)
{
	if (j->next_fd >= 0)
		close(j->next_fd);
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
	j->bytes = j->live_bytes = j->next_bytes;
	j->dirty = j->torn = false;
	return fsync(j->dir) == 0 ? ERR_OK : err_from_errno(errno);
}
