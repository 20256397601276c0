/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one byte more than a piece, because the last piece is opened as the last. Keeps one piece in memory. */
#include "server-stub/cli/object_open.h"

#include "agent/base/key_stream.h"
#include "agent/cli/command.h"
#include "server-stub/cli/object_out.h"
#include "server-stub/cli/opts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SEALED (KEY_STREAM_PIECE + KEY_STREAM_TAG)

struct work {
	const char *file, *out_name;
	int in, out;
	struct key_stream stream;
	uint8_t sealed[SEALED + 1];
};

/* As many bytes as there are, up to `len`. -1 with errno. */
static ssize_t read_all(int fd, uint8_t *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = read(fd, bytes + at, len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	return (ssize_t)at;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

static int open_head(struct work *w, const struct key_der *key)
{
	uint8_t head[KEY_STREAM_HEAD];
	ssize_t got = read_all(w->in, head, sizeof(head));
	enum err err = ERR_INVALID;

	if (got < 0)
		return opts_failed(COMMAND_FAILED, "%s: %s", w->file, strerror(errno));
	if (got == (ssize_t)sizeof(head))
		err = key_stream_accept(&w->stream, key, head);
	if (err == ERR_OK)
		return OPTS_GO_ON;
	return opts_failed(COMMAND_FAILED,
			   err == ERR_INVALID ? "%s: is nothing that a device sealed"
					      : "%s: does not open with that key: it was sealed to another, or changed",
			   w->file);
}

static int open_pieces(struct work *w)
{
	ssize_t got = read_all(w->in, w->sealed, sizeof(w->sealed));

	for (;;) {
		bool last = got <= SEALED;
		const struct str piece = {(const char *)w->sealed, last ? (size_t)got : SEALED};
		uint8_t next = w->sealed[SEALED];

		if (got < 0)
			return opts_failed(COMMAND_FAILED, "%s: %s", w->file, strerror(errno));
		if (key_stream_open(&w->stream, piece, last, w->sealed) != ERR_OK)
			return opts_failed(COMMAND_FAILED, "%s: was changed, or its end is missing", w->file);
		if (!write_all(w->out, w->sealed, piece.len - KEY_STREAM_TAG))
			return opts_failed(COMMAND_FAILED, "%s: %s", w->out_name, strerror(errno));
		if (last)
			return OPTS_GO_ON;
		w->sealed[0] = next;
		got = read_all(w->in, w->sealed + 1, SEALED);
		got += got >= 0;
	}
}

int object_open(const char *file, const struct key_der *key, const char *out)
{
	static struct work w;
	int status;

	w = (struct work){.file = file, .out_name = out, .in = STDIN_FILENO};
	if (strcmp(file, "-") != 0)
		w.in = open(file, O_RDONLY | O_CLOEXEC);
	if (w.in < 0)
		return opts_failed(COMMAND_FAILED, "%s: %s", file, strerror(errno));
	status = open_head(&w, key);
	if (status == OPTS_GO_ON)
		status = object_out_open(out, &w.out);
	if (status == OPTS_GO_ON)
		status = object_out_close(out, w.out, open_pieces(&w));
	if (w.in != STDIN_FILENO)
		close(w.in);
	key_wipe(&w, sizeof(w));
	return status == OPTS_GO_ON ? COMMAND_OK : status;
}
