/* SPDX-License-Identifier: Apache-2.0 */
/* Reads passwd(5). Never asks a name service: the lookout must not wait for one. */
#include "agent/actor/lookout/lookout_homes.h"

#include "agent/base/regular.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES (64 << 10)

/* Whether the shell lets somebody in. */
static bool lets_in(struct str shell)
{
	return !str_ends(shell, STR("/nologin")) && !str_ends(shell, STR("/false")) && !str_ends(shell, STR("/sync"));
}

static bool is_known(const struct lookout_homes *h, struct str home)
{
	for (unsigned i = 0; i < h->count; i++)
		if (str_equal(str_from(h->paths[i]), home))
			return true;
	return false;
}

static void take_line(struct lookout_homes *h, struct str line)
{
	struct str fields[7];

	for (unsigned i = 0; i < 7; i++)
		fields[i] = str_cut(&line, ':');
	while (fields[5].len > 1 && str_take_back(&fields[5], STR("/")))
		;
	if (fields[5].len < 2 || fields[5].data[0] != '/' || fields[5].len >= SETTINGS_PATH_MAX ||
	    str_find(fields[5], STR("/..")) != SIZE_MAX || !lets_in(fields[6]) || is_known(h, fields[5]))
		return;
	if (h->count == LOOKOUT_HOMES_MAX) {
		h->full = true;
		return;
	}
	str_show(fields[5], h->paths[h->count++], SETTINGS_PATH_MAX);
}

void lookout_homes_read(struct lookout_homes *h, const char *passwd)
{
	static char text[FILE_BYTES];
	struct str rest = {text, 0};
	ssize_t got;
	int fd;

	h->count = 0;
	h->full = false;
	if (regular_follow(AT_FDCWD, passwd, O_RDONLY, &fd) != ERR_OK)
		return;
	while (rest.len < sizeof(text) && (got = read(fd, text + rest.len, sizeof(text) - rest.len)) > 0)
		rest.len += (size_t)got;
	close(fd);
	while (!str_empty(rest))
		take_line(h, str_cut(&rest, '\n'));
}
