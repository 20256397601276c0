/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the page before each line, and keeps what is skipped for whoever mends the decoder. */
#include "agent/source/skipped.h"

#include "agent/base/regular.h"
#include "agent/common/core_fds.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void skipped_open(struct skipped *s, int fd)
{
	void *page = mmap(NULL, sizeof(*s->page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	s->page = page == MAP_FAILED ? NULL : page;
}

/* The line and its LF in one write; a line for which there is no room is only counted. */
static enum err keep(struct str text)
{
	struct stat st;
	int fd;
	enum err err = regular_open(CORE_FD_STATE, SKIPPED_FILE, O_WRONLY | O_CREAT | O_APPEND, &fd);
	bool room;

	if (err != ERR_OK)
		return err;
	room = fstat(fd, &st) == 0 && (uint64_t)st.st_size + text.len + 1 <= SKIPPED_BYTES_MAX;
	if (!room || write(fd, text.data, text.len) != (ssize_t)text.len || write(fd, "\n", 1) != 1)
		err = ERR_FULL;
	close(fd);
	return err;
}

bool skipped_begin(struct skipped *s, struct health *health, struct str text)
{
	enum err err;

	if (!s->page)
		return true;
	if (!reading_skips(s->page, text)) {
		reading_begin(s->page, text);
		return true;
	}
	s->lines++;
	err = keep(text);
	health_set(health, HEALTH_SKIPPED, "lines that ended the core twice are skipped, %llu so far; %s core/%s%s%s",
		   (unsigned long long)s->lines, err == ERR_OK ? "they are in" : "the last could not be kept in",
		   SKIPPED_FILE, err == ERR_OK ? "" : ": ", err == ERR_OK ? "" : err_text(err));
	return false;
}

void skipped_done(struct skipped *s)
{
	if (s->page)
		reading_end(s->page);
}
