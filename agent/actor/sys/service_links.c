/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through the folders and renames links in them. It never makes one, and follows none. */
#include "agent/actor/sys/service_links.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENTRIES_MAX 4096 /* of one directory */
#define NAME_BYTES 128

struct work {
	const struct service_links *links;
	const char *name;
	bool hidden; /* those are sought that are switched off */
	unsigned found;
	/* What is done to each; NULL: it is counted. */
	enum err (*act)(int dir, const char *entry);
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_meant(const struct work *w, const char *entry)
{
	const size_t prefix = sizeof(SERVICE_LINKS_PREFIX) - 1;

	if (w->hidden && strncmp(entry, SERVICE_LINKS_PREFIX, prefix) != 0)
		return false;
	entry += w->hidden ? prefix : 0;
	if (w->links->numbered) {
		if (entry[0] != 'S' || !is_digit(entry[1]) || !is_digit(entry[2]))
			return false;
		entry += 3;
	}
	return strcmp(entry, w->name) == 0;
}

static enum err hide(int dir, const char *entry)
{
	char to[NAME_BYTES];
	int len = snprintf(to, sizeof(to), SERVICE_LINKS_PREFIX "%s", entry);

	if (len < 0 || (size_t)len >= sizeof(to))
		return ERR_TOO_LONG;
	return renameat(dir, entry, dir, to) == 0 ? ERR_OK : err_from_errno(errno);
}

static enum err show(int dir, const char *entry)
{
	const char *to = entry + sizeof(SERVICE_LINKS_PREFIX) - 1;
	int failed;

	if (faccessat(dir, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		failed = unlinkat(dir, entry, 0);
	else
		failed = renameat(dir, entry, dir, to);
	return failed ? err_from_errno(errno) : ERR_OK;
}

/* The names first: what is renamed while a directory is read may come twice, or not at all. */
static enum err work_inside(struct work *w, DIR *list)
{
	char found[NAME_BYTES] = "";
	const struct dirent *entry;
	enum err err;

	for (unsigned i = 0; i < ENTRIES_MAX && (entry = readdir(list)) != NULL; i++) {
		if (!is_meant(w, entry->d_name) || strlen(entry->d_name) >= sizeof(found))
			continue;
		w->found++;
		if (!w->act)
			return ERR_OK;
		memcpy(found, entry->d_name, strlen(entry->d_name) + 1);
		err = w->act(dirfd(list), found);
		if (err != ERR_OK)
			return err;
		/* From the start: each that is done is meant no more. */
		rewinddir(list);
	}
	return found[0] && fsync(dirfd(list)) != 0 ? err_from_errno(errno) : ERR_OK;
}

static enum err work_through(struct work *w)
{
	DIR *parent = opendir(w->links->parent);
	const struct dirent *entry;
	enum err err = ERR_OK;

	/* Who has no such folder starts nothing by it. */
	if (!parent)
		return errno == ENOENT ? ERR_OK : err_from_errno(errno);
	for (unsigned i = 0; i < ENTRIES_MAX && err == ERR_OK && (entry = readdir(parent)) != NULL; i++) {
		DIR *list = NULL;
		int fd = -1;

		if (entry->d_name[0] == '.' || fnmatch(w->links->inside, entry->d_name, 0) != 0)
			continue;
		fd = openat(dirfd(parent), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		list = fd >= 0 ? fdopendir(fd) : NULL;
		if (list) {
			err = work_inside(w, list);
			closedir(list);
		} else if (errno != ENOTDIR && errno != ENOENT) {
			err = err_from_errno(errno);
		}
		if (!list && fd >= 0)
			close(fd);
	}
	closedir(parent);
	return err;
}

bool service_links_find(const struct service_links *l, const char *name)
{
	struct work w = {.links = l, .name = name};

	return work_through(&w) != ERR_OK || w.found > 0;
}

enum err service_links_hide(const struct service_links *l, const char *name)
{
	struct work w = {.links = l, .name = name, .act = hide};

	return work_through(&w);
}

enum err service_links_show(const struct service_links *l, const char *name)
{
	struct work w = {.links = l, .name = name, .hidden = true, .act = show};

	return work_through(&w);
}
