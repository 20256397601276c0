/* SPDX-License-Identifier: Apache-2.0 */
/* Reads whole files of packs into memory that was taken at start. Never writes one. */
#include "agent/shell/pack_file.h"

#include "agent/common/core_fds.h"
#include "agent/source/health.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SENT_NAME "pack" /* in the directory of the service's packs (agent/actor/verb/objects.h) */

/* One byte more than a pack may have is read, so that the core says that it is too long. */
static void read_pack(struct pack_file *p, int fd, const char *about)
{
	struct input input = {.kind = INPUT_PACK, .about = about, .bytes = {(const char *)p->bytes, 0}};

	while (input.bytes.len <= CONFIG_RULES_BYTES_MAX) {
		ssize_t n = pread(fd, p->bytes + input.bytes.len, CONFIG_RULES_BYTES_MAX + 1 - input.bytes.len,
				  (off_t)input.bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			input.err = err_from_errno(errno);
		if (n <= 0)
			break;
		input.bytes.len += (size_t)n;
	}
	feed_input(p->feed, &input);
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

void pack_file_look(struct pack_file *p)
{
	struct stat st;
	int fd;

	if (!p->feed || !p->feed->has_fd(CORE_FD_PACKS))
		return;
	fd = openat(CORE_FD_PACKS, SENT_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		if (errno != ENOENT)
			feed_input(p->feed, &(struct input){.kind = INPUT_PACK,
							    .about = "the service's pack",
							    .err = err_from_errno(errno)});
		return;
	}
	if (fstat(fd, &st) == 0 && !(p->has_seen && same(&st, &p->seen))) {
		p->seen = st;
		p->has_seen = true;
		read_pack(p, fd, "the service's pack");
	}
	close(fd);
}

void pack_file_start(struct pack_file *p, struct feed *feed)
{
	*p = (struct pack_file){.feed = feed};
	if (!feed->settings->pack)
		return;
	p->bytes = feed->reserve(CONFIG_RULES_BYTES_MAX + 1);
	if (feed->has_fd(CORE_FD_PACK)) {
		read_pack(p, CORE_FD_PACK, feed->settings->pack_file[0] ? "[rules] pack" : "the installed pack");
		close(CORE_FD_PACK);
	} else if (feed->settings->pack_file[0]) {
		feed_input(feed, &(struct input){.kind = INPUT_PACK, .about = "[rules] pack", .err = ERR_NOT_FOUND});
	}
	pack_file_look(p);
}
