/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one log file. Never writes to it and never opens one: the actor opens files. */
#include "agent/source/log_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void log_file_init(struct log_file *s, void *memory)
{
	*s = (struct log_file){.fd = -1, .watch = -1, .lines = lines_over(memory, LOG_FILE_LINE)};
}

static size_t read_at(int fd, void *out, size_t cap, uint64_t offset)
{
	ssize_t n;

	do {
		n = pread(fd, out, cap, (off_t)offset);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

bool log_file_look(int fd, struct tail_look *look)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	look->device = st.st_dev;
	look->inode = st.st_ino;
	look->size = (uint64_t)st.st_size;
	look->written_us = st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000;
	look->head_len = read_at(fd, look->head, sizeof(look->head), 0);
	return true;
}

void log_file_attach(struct log_file *s, int fd, const struct tail_look *look, uint64_t offset)
{
	s->fd = fd;
	s->device = look->device;
	s->at = tail_plan_place(look, offset);
	s->dirty = true;
	lines_reset(&s->lines);
}

uint64_t log_file_end(int fd, uint64_t size)
{
	char tail[4096];
	size_t want = size < sizeof(tail) ? (size_t)size : sizeof(tail);
	size_t got = read_at(fd, tail, want, size - want);
	const char *feed = got ? memrchr(tail, '\n', got) : NULL;

	if (feed)
		return size - want + (uint64_t)(feed - tail) + 1;
	return want == size ? 0 : size;
}

void log_file_close(struct log_file *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = s->watch = -1;
	s->dirty = false;
	lines_reset(&s->lines);
}

size_t log_file_read(struct log_file *s, char *chunk, size_t cap, bool *emptied)
{
	struct tail_look look;

	*emptied = false;
	if (s->at.offset && log_file_look(s->fd, &look)) {
		*emptied = tail_plan_follow(&s->at, &look) == TAIL_BEGIN;
		s->at = tail_plan_place(&look, *emptied ? 0 : s->at.offset);
		if (*emptied)
			lines_reset(&s->lines);
	}
	size_t got = read_at(s->fd, chunk, cap, s->at.offset);

	if (s->at.offset == 0 && got && log_file_look(s->fd, &look))
		s->at = tail_plan_place(&look, 0);
	s->at.offset += got;
	/* A short read reached the end. inotify reports what is added later. */
	s->dirty = got == cap;
	if (got)
		lines_feed(&s->lines, (struct str){chunk, got});
	return got;
}

bool log_file_next(struct log_file *s, struct str *line, struct core_place *behind)
{
	if (!lines_next(&s->lines, line))
		return false;
	*behind = s->at;
	behind->offset -= s->lines.piece.len;
	return true;
}

struct core_place log_file_place(const struct log_file *s)
{
	struct core_place place = s->at;

	place.offset -= lines_waiting(&s->lines);
	return place;
}

bool log_file_unlinked(const struct log_file *s)
{
	struct stat st;

	return s->fd >= 0 && fstat(s->fd, &st) == 0 && st.st_nlink == 0;
}
