/* SPDX-License-Identifier: Apache-2.0 */
/* Reads log files in pieces for the commands that look at logs. Decodes nothing; memory does not grow with the file. */
#include "agent/cli/log_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a file is that holds no lines, by its first bytes; NULL when nothing is known against it. */
static const char *no_log(struct str head)
{
	static const struct {
		struct str magic;
		const char *what;
	} kinds[] = {
		{STR("\x1f\x8b"), "compressed; try zcat FILE"},
		{STR("\xfd"
		     "7zXZ"),
		 "compressed; try xzcat FILE"},
		{STR("\x28\xb5\x2f\xfd"), "compressed; try zstdcat FILE"},
		{STR("BZh"), "compressed; try bzcat FILE"},
		{STR("\x04\x22\x4d\x18"), "compressed; try lz4cat FILE"},
		{STR("PK\x03\x04"), "an archive; try unzip -p FILE"},
		{STR("LPKSHHRH"), "a systemd journal; try journalctl -o short-iso --file FILE"},
		{STR("\xff\xfe"), "UTF-16; try iconv -f UTF-16 FILE"},
		{STR("\xfe\xff"), "UTF-16; try iconv -f UTF-16 FILE"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_starts(head, kinds[i].magic))
			return kinds[i].what;
	/* UTF-16 without a mark: each second byte of what log lines begin with is NUL. */
	if (head.len >= 8 && head.data[0] && head.data[2] && head.data[4] && !head.data[1] && !head.data[3] &&
	    !head.data[5])
		return "UTF-16; try iconv -f UTF-16LE FILE";
	if (head.len >= 8 && !head.data[0] && !head.data[2] && !head.data[4] && head.data[1] && head.data[3] &&
	    head.data[5])
		return "UTF-16; try iconv -f UTF-16BE FILE";
	return NULL;
}

enum err log_reader_open(struct log_reader *f, const char *name, char why[LOG_READER_WHY_MAX])
{
	bool is_stdin = strcmp(name, "-") == 0;

	*f = (struct log_reader){.name = name, .fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC)};
	if (f->fd < 0) {
		snprintf(why, LOG_READER_WHY_MAX, "cannot open %s: %s", name, strerror(errno));
		return ERR_IO;
	}
	f->memory = malloc(LINES_MAX + LOG_READER_PIECE);
	if (!f->memory) {
		snprintf(why, LOG_READER_WHY_MAX, "cannot read %s: no memory", name);
		log_reader_close(f);
		return ERR_NO_MEMORY;
	}
	f->lines = lines_over(f->memory, LINES_MAX);
	return ERR_OK;
}

void log_reader_close(struct log_reader *f)
{
	if (f->fd > STDERR_FILENO)
		close(f->fd);
	free(f->memory);
	f->memory = NULL;
	f->fd = -1;
}

/* Before the first line: the byte order mark of UTF-8 is dropped, and other files than logs are refused. */
static enum err look_at_head(struct log_reader *f, struct str *head, char why[LOG_READER_WHY_MAX])
{
	const char *what = no_log(*head);

	f->begun = true;
	if (what) {
		snprintf(why, LOG_READER_WHY_MAX, "%s is %s", f->name, what);
		return ERR_UNSUPPORTED;
	}
	str_take(head, STR("\xef\xbb\xbf"));
	return ERR_OK;
}

/* ERR_NOT_FOUND: the file has ended. */
static enum err read_piece(struct log_reader *f, char why[LOG_READER_WHY_MAX])
{
	ssize_t got;

	do
		got = read(f->fd, f->memory + LINES_MAX, LOG_READER_PIECE);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		snprintf(why, LOG_READER_WHY_MAX, "cannot read %s: %s", f->name, strerror(errno));
		return ERR_IO;
	}
	if (got == 0)
		return ERR_NOT_FOUND;
	struct str piece = {f->memory + LINES_MAX, (size_t)got};
	enum err err = f->begun ? ERR_OK : look_at_head(f, &piece, why);

	if (err == ERR_OK)
		lines_feed(&f->lines, piece);
	return err;
}

enum err log_reader_next(struct log_reader *f, struct str *line, char why[LOG_READER_WHY_MAX])
{
	while (!f->ended) {
		if (lines_next(&f->lines, line))
			return ERR_OK;
		enum err err = read_piece(f, why);

		f->ended = err != ERR_OK;
		if (err == ERR_NOT_FOUND && lines_last(&f->lines, line))
			return ERR_OK;
		if (err != ERR_OK)
			return err;
	}
	return ERR_NOT_FOUND;
}
