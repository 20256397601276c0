/* SPDX-License-Identifier: Apache-2.0 */
/* Walks to directories and marks them. Never opens a file. */
#include "agent/actor/lookout/lookout_dirs.h"

#include "agent/actor/lookout/lookout_homes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define DEPTH_MAX 8u
#define ENTRIES_MAX 4096u /* of a directory that are looked at */
#define OPEN_FLAGS (O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC)
#define HANDLE_FID 0x200 /* AT_HANDLE_FID, Linux 6.5: one that need not be opened by, as overlayfs has */

/* FAN_ATTRIB, CREATE, DELETE, MOVED_*, *_SELF: Linux 5.1; older headers lack them. */
#define FANOTIFY_WAY UINT64_C(0x40000d80) /* ONDIR, MOVE_SELF, DELETE_SELF, CREATE, MOVED_TO */
#define FANOTIFY_ALL UINT64_C(0x48000fce) /* and DELETE, MOVED_FROM, CLOSE_WRITE, ATTRIB, MODIFY, of files in it */
#define INOTIFY_WAY (IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define INOTIFY_ALL (INOTIFY_WAY | IN_DELETE | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_ATTRIB | IN_MODIFY | IN_EXCL_UNLINK)

/* What is searched for: directories of that row of the wants. */
struct search {
	struct lookout_dirs *d;
	size_t want;
	bool below;
};

static struct lookout_dir *find(struct lookout_dirs *d, struct str path)
{
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++)
		if (d->rows[i].used && str_equal(str_from(d->rows[i].path), path))
			return &d->rows[i];
	return NULL;
}

static struct lookout_dir *find_or_add(struct lookout_dirs *d, struct str path)
{
	struct lookout_dir *row = find(d, path);

	for (unsigned i = 0; !row && i < LOOKOUT_DIRS_MAX; i++)
		if (!d->rows[i].used)
			row = &d->rows[i];
	if (!row)
		d->full = true;
	if (!row || row->used)
		return row;
	memset(row, 0, sizeof(*row));
	row->used = str_copy(path, row->path, sizeof(row->path)) == ERR_OK;
	row->wd = -1;
	return row->used ? row : NULL;
}

/* The bytes that fanotify's events name a directory by: fsid, length and type of the handle, the handle. */
static uint64_t id_of(const struct lookout_dirs *d, int fd)
{
	struct {
		struct statfs fs;
		union {
			struct file_handle handle;
			char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
		};
	} name;
	char id[sizeof(name.fs.f_fsid) + sizeof(name.bytes)];
	int mount;

	memset(&name, 0, sizeof(name));
	name.handle.handle_bytes = MAX_HANDLE_SZ;
	if (fstatfs(fd, &name.fs) != 0)
		return 0;
	if (name_to_handle_at(fd, "", &name.handle, &mount, AT_EMPTY_PATH) != 0) {
		name.handle.handle_bytes = MAX_HANDLE_SZ;
		if (name_to_handle_at(fd, "", &name.handle, &mount, AT_EMPTY_PATH | HANDLE_FID) != 0)
			return 0;
	}
	memcpy(id, &name.fs.f_fsid, sizeof(name.fs.f_fsid));
	memcpy(id + sizeof(name.fs.f_fsid), name.bytes, sizeof(struct file_handle) + name.handle.handle_bytes);
	return hash_bytes(&d->key, id, sizeof(name.fs.f_fsid) + sizeof(struct file_handle) + name.handle.handle_bytes);
}

static bool mark_by_name(struct lookout_dirs *d, struct lookout_dir *row, int fd)
{
	if (d->fanotify < 0)
		return false;
	row->id = id_of(d, fd);
	return row->id != 0 && fanotify_mark(d->fanotify, FAN_MARK_ADD | FAN_MARK_ONLYDIR,
					     row->wanted ? FANOTIFY_ALL : FANOTIFY_WAY, fd, ".") == 0;
}

static void mark(struct lookout_dirs *d, struct lookout_dir *row, int fd)
{
	char link[32];

	row->by_name = mark_by_name(d, row, fd);
	if (row->by_name || d->inotify < 0)
		return;
	row->id = 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	row->wd = inotify_add_watch(d->inotify, link, row->wanted ? INOTIFY_ALL : INOTIFY_WAY);
}

/* Note a directory that a search came to; `last`: it is what was searched for. */
static void note(const struct search *s, int fd, struct str path, bool last)
{
	struct lookout_dir *row = find_or_add(s->d, path);
	struct stat st;
	bool another;

	if (!row || fstat(fd, &st) != 0)
		return;
	another = row->dev != st.st_dev || row->ino != st.st_ino;
	row->seen = true;
	row->fresh |= another || (last && !row->wanted);
	if (last)
		row->wants[s->want / 64] |= UINT64_C(1) << s->want % 64;
	if (!another && (row->wanted || !last))
		return;
	row->wanted |= last;
	row->dev = st.st_dev;
	row->ino = st.st_ino;
	mark(s->d, row, fd);
}

static bool is_link(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* Whether a link on the way is worth a word: the guard's own list has places that many machines lack. */
static bool is_missed(const struct search *s)
{
	return s && (s->d->wants->rows[s->want].asked || s->d->wants->rows[s->want].home);
}

/* Go to the directory of an absolute path, "" for the root, and note each on the way. -1: it is not there. */
static int walk(const struct search *s, const char *path)
{
	int fd = open("/", OPEN_FLAGS), next;
	size_t done = 0;

	while (fd >= 0 && path[done] == '/') {
		size_t len = strcspn(path + done + 1, "/");
		char name[NAME_MAX + 1];

		if (s)
			note(s, fd, (struct str){path, done}, false);
		if (str_copy((struct str){path + done + 1, len}, name, sizeof(name)) != ERR_OK)
			name[0] = 0;
		next = openat(fd, name, OPEN_FLAGS);
		if (next < 0 && is_missed(s) && is_link(fd, name))
			s->d->refused++;
		close(fd);
		fd = next;
		done += len + 1;
	}
	if (fd >= 0 && s)
		note(s, fd, str_from(path), true);
	return fd;
}

static void search_below(const struct search *s, const char *path, unsigned depth);

/* One entry of a directory whose wants are those of the directories in it. */
static void search_entry(const struct search *s, const char *path, const struct dirent *entry, unsigned depth)
{
	char below[SETTINGS_PATH_MAX];

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
	    (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
		return;
	if (snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) < (int)sizeof(below))
		search_below(s, below, depth + 1);
	else
		s->d->full = true;
}

static void search_below(const struct search *s, const char *path, unsigned depth)
{
	int fd = walk(s, path), readable = -1;
	const struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return;
	if (s->below && depth < DEPTH_MAX)
		readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(fd);
	dir = readable >= 0 ? fdopendir(readable) : NULL;
	for (unsigned i = 0; dir && i < ENTRIES_MAX && (entry = readdir(dir)) != NULL; i++)
		search_entry(s, path, entry, depth);
	if (dir)
		closedir(dir);
}

static void search_homes(const struct search *s, const struct lookout_want *want)
{
	static struct lookout_homes homes;
	char path[2 * SETTINGS_PATH_MAX];

	lookout_homes_read(&homes, s->d->passwd);
	s->d->full |= homes.full;
	for (unsigned i = 0; i < homes.count; i++) {
		snprintf(path, sizeof(path), "%s%s", homes.paths[i], want->path);
		if (strlen(path) < SETTINGS_PATH_MAX)
			search_below(s, path, 0);
	}
}

static void begin_scan(struct lookout_dirs *d)
{
	d->full = false;
	d->refused = 0;
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++) {
		d->rows[i].seen = d->rows[i].fresh = false;
		memset(d->rows[i].wants, 0, sizeof(d->rows[i].wants));
	}
}

void lookout_dirs_scan(struct lookout_dirs *d)
{
	begin_scan(d);
	for (size_t i = 0; i < d->wants->count; i++) {
		const struct lookout_want *want = &d->wants->rows[i];
		struct search s = {d, i, want->below};

		if (want->home)
			search_homes(&s, want);
		else
			search_below(&s, want->path, 0);
	}
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++) {
		struct lookout_dir *row = &d->rows[i];

		if (!row->used || row->seen)
			continue;
		if (row->wd >= 0)
			(void)inotify_rm_watch(d->inotify, row->wd);
		row->used = false;
	}
}

struct lookout_dir *lookout_dirs_of(struct lookout_dirs *d, const struct lookout_event *e)
{
	uint64_t id = str_empty(e->id) ? 0 : hash_bytes(&d->key, e->id.data, e->id.len);

	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++) {
		struct lookout_dir *row = &d->rows[i];

		if (row->used && (id ? row->id == id : e->wd >= 0 && row->wd == e->wd))
			return row;
	}
	return NULL;
}

bool lookout_dirs_wants(const struct lookout_dirs *d, const struct lookout_dir *dir, struct str name, uint8_t *group)
{
	for (unsigned i = 0; i < d->wants->count; i++) {
		if (!(dir->wants[i / 64] >> i % 64 & 1) || !lookout_wants_name(&d->wants->rows[i], name))
			continue;
		*group = d->wants->rows[i].group;
		return true;
	}
	return false;
}

int lookout_dirs_open(const struct lookout_dir *dir)
{
	return walk(NULL, dir->path);
}

uint32_t lookout_dirs_count(const struct lookout_dirs *d, uint32_t *blind)
{
	uint32_t count = 0;

	*blind = 0;
	for (unsigned i = 0; i < LOOKOUT_DIRS_MAX; i++) {
		count += d->rows[i].used && d->rows[i].wanted;
		*blind += d->rows[i].used && d->rows[i].wanted && !d->rows[i].by_name;
	}
	return count;
}
