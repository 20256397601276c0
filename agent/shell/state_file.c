/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the core's state to flash in a thread. Never looks at its bytes. */
#include "agent/shell/state_file.h"

#include "agent/base/regular.h"
#include "agent/base/require.h"
#include "agent/shell/file.h"
#include "agent/shell/process.h"
#include "agent/source/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void state_file_open(struct state_file *s, uv_loop_t *uv, int dir, size_t cap)
{
	*s = (struct state_file){.uv = uv, .dir = dir, .cap = cap};
	s->waiting.bytes = process_reserve(cap);
	s->writing.bytes = process_reserve(cap);
	s->work.data = s;
}

struct str state_file_load(struct state_file *s)
{
	int fd;
	size_t len = 0;

	enum err err = regular_open(s->dir, STATE_FILE_NAME, O_RDONLY, &fd);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		log_line(SEV_HIGH, "core/%s of the state directory cannot be read, so the guard begins without it: %s",
			 STATE_FILE_NAME, err_text(err));
	while (fd >= 0 && len < s->cap) {
		ssize_t n = read(fd, s->waiting.bytes + len, s->cap - len);

		if (n <= 0 && !(n < 0 && errno == EINTR))
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	return (struct str){(const char *)s->waiting.bytes, len};
}

void state_file_set_aside(struct state_file *s, const char *state_dir)
{
	if (renameat(s->dir, STATE_FILE_NAME, s->dir, STATE_FILE_ASIDE) == 0)
		log_line(SEV_HIGH, "it is kept as %s/core/" STATE_FILE_ASIDE, state_dir);
	else
		log_line(SEV_HIGH, "it cannot be kept as %s/core/" STATE_FILE_ASIDE ": %s", state_dir,
			 err_text(err_from_errno(errno)));
}

static void write_in_thread(uv_work_t *work)
{
	struct state_file *s = work->data;

	s->err = file_replace(s->dir, STATE_FILE_NAME, s->writing.bytes, s->writing.len);
}

static void write_done(uv_work_t *work, int status)
{
	struct state_file *s = work->data;

	s->is_writing = false;
	s->saves++;
	if (status)
		s->err = ERR_IO;
}

void state_file_save(struct state_file *s, struct str bytes, uint64_t needs_seq)
{
	require(bytes.len <= s->cap);
	memcpy(s->waiting.bytes, bytes.data, bytes.len);
	s->waiting.len = bytes.len;
	s->waiting.needs_seq = needs_seq;
	s->have_waiting = true;
}

void state_file_synced(struct state_file *s, uint64_t synced_seq)
{
	if (!s->have_waiting || s->is_writing || synced_seq < s->waiting.needs_seq)
		return;
	uint8_t *swap = s->writing.bytes;

	s->writing = s->waiting;
	s->waiting.bytes = swap;
	s->have_waiting = false;
	s->is_writing = true;
	require(uv_queue_work(s->uv, &s->work, write_in_thread, write_done) == 0);
}

bool state_file_idle(const struct state_file *s)
{
	return !s->have_waiting && !s->is_writing;
}
