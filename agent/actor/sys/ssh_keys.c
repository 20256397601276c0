/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renames authorized_keys for the verbs that shut an account. It never follows a link below HOME, never reads more than
 * KEYS_BYTES_MAX of a file, and never replaces a file by a rename.
 */
#include "agent/actor/sys/ssh_keys.h"

#include "agent/base/key.h"
#include "agent/base/str.h"

#include <linux/fs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEYS_BYTES_MAX (1 << 20) /* of a file that are looked at; its length counts in the print, too */
#define BLOCK 4096
#define NAME_BYTES 80
#define ENTRIES_MAX 4096  /* of a directory that are looked at for what was set aside before */
#define ASIDE ".caltrop-" /* follows the name of what was set aside */
#define PATH_ONLY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static const struct {
	const char *dir; /* below HOME, or below ETC for root's; NULL: HOME itself */
	const char *name;
} places[SSH_KEYS_PLACES] = {
	[SSH_KEYS_FIRST] = {".ssh", "authorized_keys"},
	[SSH_KEYS_SECOND] = {".ssh", "authorized_keys2"},
	[SSH_KEYS_LINK] = {NULL, ".ssh"},
	[SSH_KEYS_DROPBEAR] = {"dropbear", "authorized_keys"},
};

static uint8_t bit(unsigned place)
{
	return (uint8_t)(1u << place);
}

static bool is_owned(const struct ssh_keys_owner *owner, const struct stat *st)
{
	return st->st_uid == owner->uid || st->st_uid == 0;
}

/* The directory of a place. ERR_NOT_FOUND: there is none, or it is another user's, whose keys sshd refuses. */
static enum err open_place(const struct ssh_keys_owner *owner, unsigned place, int *dir)
{
	int top = open(place == SSH_KEYS_DROPBEAR ? owner->etc : owner->home, PATH_ONLY);
	struct stat st;
	enum err err = ERR_OK;

	*dir = top;
	if (top >= 0 && places[place].dir) {
		*dir = openat(top, places[place].dir, PATH_ONLY | O_NOFOLLOW);
		err = *dir < 0 ? err_from_errno(errno == ENOTDIR || errno == ELOOP ? ENOENT : errno) : ERR_OK;
		close(top);
	} else if (top < 0) {
		err = err_from_errno(errno == ENOTDIR ? ENOENT : errno);
	}
	if (err == ERR_OK && fstat(*dir, &st) != 0)
		err = err_from_errno(errno);
	else if (err == ERR_OK && places[place].dir && !is_owned(owner, &st))
		err = ERR_NOT_FOUND;
	if (err != ERR_OK && *dir >= 0)
		close(*dir);
	return err;
}

/* ERR_NOT_FOUND: nothing of that name is keys of the account. */
static enum err look_at(const struct ssh_keys_owner *owner, unsigned place, int dir)
{
	struct stat st;

	if (fstatat(dir, places[place].name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_from_errno(errno);
	return is_owned(owner, &st) && (place != SSH_KEYS_LINK || S_ISLNK(st.st_mode)) ? ERR_OK : ERR_NOT_FOUND;
}

/* What to do at one place. */
typedef enum err place_work(const struct ssh_keys_owner *owner, unsigned place, int dir, void *context);

/* At each place that the account has a directory for; the first error ends it. */
static enum err each_place(const struct ssh_keys_owner *owner, place_work *work, void *context)
{
	unsigned count = owner->uid == 0 ? SSH_KEYS_PLACES : SSH_KEYS_DROPBEAR;
	enum err err = ERR_OK;
	int dir;

	for (unsigned place = 0; place < count && err == ERR_OK; place++) {
		err = open_place(owner, place, &dir);
		if (err == ERR_OK) {
			err = work(owner, place, dir, context);
			close(dir);
		}
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	return err;
}

static enum err note_present(const struct ssh_keys_owner *owner, unsigned place, int dir, void *context)
{
	enum err err = look_at(owner, place, dir);
	uint8_t *found = context;

	if (err == ERR_OK)
		*found |= bit(place);
	return err;
}

enum err ssh_keys_present(const struct ssh_keys_owner *owner, uint8_t *found)
{
	*found = 0;
	return each_place(owner, note_present, found);
}

static enum err note_ever(const struct ssh_keys_owner *owner, unsigned place, int dir, void *context)
{
	/* Not in HOME, where anything may be. */
	int fd = places[place].dir ? openat(dir, ".", PATH_ONLY) : -1;
	DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	bool *found = context;

	*found = *found || look_at(owner, place, dir) == ERR_OK;
	if (!entries) {
		if (fd >= 0)
			close(fd);
		return ERR_OK;
	}
	for (unsigned i = 0; i < ENTRIES_MAX && !*found && (entry = readdir(entries)) != NULL; i++) {
		struct str name = str_from(entry->d_name);

		*found = str_take(&name, str_from(places[place].name)) && str_starts(name, STR(ASIDE));
	}
	closedir(entries);
	return ERR_OK;
}

bool ssh_keys_ever(const struct ssh_keys_owner *owner)
{
	bool found = false;

	(void)!each_place(owner, note_ever, &found);
	return found;
}

/* The print grows block by block: it is the digest of what it was and of the next block. */
static void print_add(uint8_t digest[32], const void *block, size_t len)
{
	uint8_t all[32 + BLOCK];

	memcpy(all, digest, 32);
	memcpy(all + 32, block, len);
	key_sha256(all, 32 + len, digest);
}

static enum err print_file(int dir, const char *name, uint8_t digest[32])
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char block[BLOCK];
	ssize_t got = 1;

	if (fd < 0)
		return err_from_errno(errno);
	for (size_t len = 0; got > 0 && len < KEYS_BYTES_MAX; len += (size_t)got) {
		got = read(fd, block, sizeof(block));
		if (got > 0)
			print_add(digest, block, (size_t)got);
		else
			break;
	}
	close(fd);
	return got < 0 ? ERR_IO : ERR_OK;
}

/* A file is known by its content, a link by where it points, anything else by being that. */
static enum err print_of(int dir, const char *name, uint8_t print[SSH_KEYS_PRINT])
{
	uint8_t digest[32] = {0};
	char target[PATH_MAX];
	struct stat st;
	uint64_t facts[2];
	enum err err = ERR_OK;
	ssize_t len;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_from_errno(errno);
	facts[0] = st.st_mode & S_IFMT;
	facts[1] = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	print_add(digest, facts, sizeof(facts));
	if (S_ISREG(st.st_mode)) {
		err = print_file(dir, name, digest);
	} else if (S_ISLNK(st.st_mode)) {
		len = readlinkat(dir, name, target, sizeof(target));
		if (len < 0)
			err = err_from_errno(errno);
		else
			print_add(digest, target, (size_t)len);
	}
	memcpy(print, digest, SSH_KEYS_PRINT);
	return err;
}

static enum err plan_place(const struct ssh_keys_owner *owner, unsigned place, int dir, void *context)
{
	struct ssh_keys_aside *out = context;
	enum err err = look_at(owner, place, dir);

	if (err == ERR_OK)
		err = print_of(dir, places[place].name, out->prints[place]);
	if (err == ERR_OK)
		out->places |= bit(place);
	return err;
}

static enum err draw_number(uint32_t *out)
{
	unsigned char bytes[sizeof(*out)];

	if (key_random_kernel.fill(key_random_kernel.context, bytes, sizeof(bytes)) != 0)
		return ERR_CRYPTO;
	memcpy(out, bytes, sizeof(*out));
	return ERR_OK;
}

enum err ssh_keys_plan(const struct ssh_keys_owner *owner, int64_t wall_s, struct ssh_keys_aside *out)
{
	enum err err;

	*out = (struct ssh_keys_aside){.wall_s = wall_s};
	err = draw_number(&out->number);
	return err == ERR_OK ? each_place(owner, plan_place, out) : err;
}

static void name_aside(const struct ssh_keys_aside *aside, uint32_t number, unsigned place, char out[NAME_BYTES])
{
	snprintf(out, NAME_BYTES, "%s" ASIDE "%lld-%08x", places[place].name, (long long)aside->wall_s, number);
}

void ssh_keys_text(struct buf *b, const struct ssh_keys_owner *owner, const struct ssh_keys_aside *aside)
{
	const char *between = "";

	for (unsigned place = 0; place < SSH_KEYS_PLACES; place++) {
		char name[NAME_BYTES];

		if (!(aside->places & bit(place)))
			continue;
		name_aside(aside, aside->number, place, name);
		buf_text(b, between);
		buf_text(b, place == SSH_KEYS_DROPBEAR ? owner->etc : owner->home);
		buf_text(b, places[place].dir ? "/" : "");
		buf_text(b, places[place].dir ? places[place].dir : "");
		buf_text(b, "/");
		buf_text(b, name);
		between = " ";
	}
}

static enum err sync_dir(void *context, int dir)
{
	(void)context;
	return fsync(dir) == 0 ? ERR_OK : err_from_errno(errno);
}

static const struct ssh_keys_sync at_once = {sync_dir, NULL};

static enum err move(int dir, const char *from, const char *to, const struct ssh_keys_sync *sync)
{
	int result = (int)syscall(SYS_renameat2, dir, from, dir, to, RENAME_NOREPLACE);
	struct stat st;

	/* A file system that cannot do it in one step. */
	if (result != 0 && errno == EINVAL) {
		if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return ERR_EXISTS;
		result = renameat(dir, from, dir, to);
	}
	return result == 0 ? sync->sync(sync->context, dir) : err_from_errno(errno);
}

struct setting_aside {
	const struct ssh_keys_aside *aside;
	const struct ssh_keys_sync *sync;
};

static enum err set_place_aside(const struct ssh_keys_owner *owner, unsigned place, int dir, void *context)
{
	const struct setting_aside *s = context;
	const struct ssh_keys_aside *aside = s->aside;
	enum err err = look_at(owner, place, dir);
	char name[NAME_BYTES];
	uint32_t number;

	if (err != ERR_OK)
		return err;
	err = ERR_EXISTS;
	if (aside->places & bit(place)) {
		name_aside(aside, aside->number, place, name);
		err = move(dir, places[place].name, name, s->sync);
	}
	if (err == ERR_EXISTS) {
		err = draw_number(&number);
		if (err != ERR_OK)
			return err;
		name_aside(aside, number, place, name);
		err = move(dir, places[place].name, name, s->sync);
	}
	return err;
}

enum err ssh_keys_set_aside(const struct ssh_keys_owner *owner, const struct ssh_keys_aside *aside,
			    const struct ssh_keys_sync *later)
{
	struct setting_aside s = {aside, later ? later : &at_once};

	return each_place(owner, set_place_aside, &s);
}

struct putting_back {
	const struct ssh_keys_aside *aside;
	struct ssh_keys_back *out;
};

static enum err put_place_back(const struct ssh_keys_owner *owner, unsigned place, int dir, void *context)
{
	const struct putting_back *p = context;
	uint8_t print[SSH_KEYS_PRINT];
	char name[NAME_BYTES];
	struct stat st;
	enum err err;

	(void)owner;
	if (!(p->aside->places & bit(place)))
		return ERR_OK;
	name_aside(p->aside, p->aside->number, place, name);
	err = print_of(dir, name, print);
	if (err != ERR_OK)
		return err;
	if (memcmp(print, p->aside->prints[place], sizeof(print)) != 0) {
		p->out->changed |= bit(place);
		return ERR_OK;
	}
	if (fstatat(dir, places[place].name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		err = ERR_EXISTS;
	else
		err = move(dir, name, places[place].name, &at_once);
	if (err == ERR_OK)
		p->out->back |= bit(place);
	else if (err == ERR_EXISTS)
		p->out->in_way |= bit(place);
	return err == ERR_EXISTS ? ERR_OK : err;
}

enum err ssh_keys_put_back(const struct ssh_keys_owner *owner, const struct ssh_keys_aside *aside,
			   struct ssh_keys_back *out)
{
	struct putting_back p = {aside, out};
	enum err err;

	*out = (struct ssh_keys_back){0};
	err = each_place(owner, put_place_back, &p);
	if (err == ERR_OK)
		out->there = aside->places & (uint8_t) ~(out->back | out->changed | out->in_way);
	return err;
}

static bool is_key(struct str line)
{
	return str_starts(line, STR("ssh-")) || str_starts(line, STR("ecdsa-")) || str_starts(line, STR("sk-"));
}

static enum err look_for_key(const struct ssh_keys_owner *owner, unsigned place, int dir, void *context)
{
	int fd = openat(dir, places[place].name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char text[8 * BLOCK];
	struct stat st;
	struct str rest = {text, 0};
	bool *found = context;
	ssize_t got;

	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_owned(owner, &st) && !(st.st_mode & 022)) {
		got = read(fd, text, sizeof(text));
		rest.len = got > 0 ? (size_t)got : 0;
	}
	close(fd);
	while (!str_empty(rest) && !*found)
		*found = is_key(str_trim(str_cut(&rest, '\n')));
	return ERR_OK;
}

bool ssh_keys_let_in(const struct ssh_keys_owner *owner)
{
	bool found = false;

	return each_place(owner, look_for_key, &found) == ERR_OK && found;
}
