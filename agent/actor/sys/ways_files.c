/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files that say who can log in and administer. They are root's; it changes none. */
#include "agent/actor/sys/ways_files.h"

#include "agent/base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES 256
#define DAY_S 86400

static char *take_memory(void)
{
	char *memory = mmap(NULL, WAYS_FILES_TEXT_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* The whole of a regular file and a line end. ERR_TOO_LONG: not all of it had room. */
static enum err append_file(struct buf *b, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	enum err err = ERR_OK;
	struct stat st;
	ssize_t got = 1;

	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		err = ERR_INVALID;
	while (err == ERR_OK && got > 0) {
		if (b->len + 1 >= b->cap) {
			err = ERR_TOO_LONG;
			break;
		}
		got = read(fd, b->data + b->len, b->cap - b->len - 1);
		if (got < 0)
			err = err_from_errno(errno);
		else
			b->len += (size_t)got;
	}
	buf_char(b, '\n');
	close(fd);
	return err;
}

/* sudo reads no name with a dot or with "~" at its end, sshd those that its pattern fits. */
static bool is_part(const char *name, const char *ending)
{
	size_t len = strlen(name);

	if (ending[0])
		return str_ends(str_from(name), str_from(ending)) && name[0] != '.';
	return !strchr(name, '.') && name[len - 1] != '~';
}

/* The name that follows `last` in the directory, "" when there is none. */
static enum err next_name(DIR *dir, const char *ending, const char *last, char out[NAME_BYTES])
{
	const struct dirent *entry;

	out[0] = '\0';
	errno = 0;
	rewinddir(dir);
	while (errno == 0 && (entry = readdir(dir)) != NULL)
		if (is_part(entry->d_name, ending) && strcmp(entry->d_name, last) > 0 &&
		    (!out[0] || strcmp(entry->d_name, out) < 0))
			snprintf(out, NAME_BYTES, "%s", entry->d_name);
	return err_from_errno(errno);
}

/* The files of a directory in the order of their names, as sudo and sshd read them. ERR_FULL: there are more. */
static enum err append_parts(struct buf *b, int top, const char *path, const char *ending)
{
	int fd = openat(top, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char last[NAME_BYTES] = "", name[NAME_BYTES];
	enum err err;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT ? ERR_OK : err_from_errno(errno);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return ERR_NO_MEMORY;
	}
	err = next_name(dir, ending, last, name);
	for (unsigned i = 0; err == ERR_OK && name[0]; i++) {
		err = i < WAYS_FILES_MAX ? append_file(b, fd, name) : ERR_FULL;
		memcpy(last, name, sizeof(last));
		if (err == ERR_OK)
			err = next_name(dir, ending, last, name);
	}
	closedir(dir);
	return err;
}

static bool includes_parts(struct str sudoers)
{
	while (!str_empty(sudoers)) {
		struct str line = str_trim(str_cut(&sudoers, '\n'));

		if ((str_starts(line, STR("@includedir")) || str_starts(line, STR("#includedir"))) &&
		    str_ends(line, STR("/sudoers.d")))
			return true;
	}
	return false;
}

static void read_sudoers(struct ways_files *f, int top)
{
	struct buf b = buf_over(f->memory, WAYS_FILES_TEXT_MAX);
	enum err err = append_file(&b, top, "sudoers");
	bool whole = err == ERR_OK || err == ERR_NOT_FOUND;

	if (err == ERR_OK && includes_parts(buf_str(&b)))
		whole = append_parts(&b, top, "sudoers.d", "") == ERR_OK;
	/* What is missing may take back what stands before it. */
	f->ways.sudoers = whole ? buf_str(&b) : STR_NONE;
	f->ways.sudoers_unknown =
		!whole || faccessat(top, "doas.conf", F_OK, 0) == 0 || faccessat(top, "doas.d", F_OK, 0) == 0;
}

static struct ways_sshd read_sshd(int top)
{
	char *memory = take_memory();
	struct buf b = buf_over(memory, memory ? WAYS_FILES_TEXT_MAX : 0);
	enum err err = memory ? append_file(&b, top, "ssh/sshd_config") : ERR_NO_MEMORY;
	bool whole = err == ERR_OK || err == ERR_NOT_FOUND;
	struct ways_sshd s;

	if (err == ERR_OK)
		whole = append_parts(&b, top, "ssh/sshd_config.d", ".conf") == ERR_OK;
	s = ways_sshd_read(buf_str(&b));
	if (!whole)
		s.home_keys = s.root_keys = false;
	if (faccessat(top, "hosts.equiv", F_OK, 0) == 0 || faccessat(top, "ssh/shosts.equiv", F_OK, 0) == 0)
		s.others |= WAYS_HOSTS;
	if (memory)
		munmap(memory, WAYS_FILES_TEXT_MAX);
	return s;
}

struct ways_sshd ways_files_sshd(const char *etc)
{
	int top = open(etc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ways_sshd s = {0};

	if (top >= 0) {
		s = read_sshd(top);
		close(top);
	}
	return s;
}

static bool keys_let_in(void *context, const char *home, uid_t uid)
{
	const struct ways_files *f = context;

	return ssh_keys_let_in(&(struct ssh_keys_owner){home, f->etc, uid});
}

static enum err read_one(struct shadow_file *out, const char *etc, const char *name)
{
	char path[SHADOW_PATH_MAX + 16];
	enum err err;

	snprintf(path, sizeof(path), "%s/%s", etc, name);
	err = shadow_read(out, path);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err ways_files_read(struct ways_files *f, const char *shadow, uint32_t today)
{
	const char *slash = strrchr(shadow, '/');
	enum err err;
	int top;

	*f = (struct ways_files){.passwd = {.lock = -1}, .shadow = {.lock = -1}, .group = {.lock = -1}};
	snprintf(f->etc, sizeof(f->etc), "%.*s", (int)(slash - shadow), shadow);
	err = read_one(&f->passwd, f->etc, "passwd");
	if (err == ERR_OK)
		err = read_one(&f->shadow, f->etc, slash + 1);
	if (err == ERR_OK)
		err = read_one(&f->group, f->etc, "group");
	f->memory = take_memory();
	if (!f->memory)
		return ERR_NO_MEMORY;
	top = open(f->etc[0] ? f->etc : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (err == ERR_OK && top < 0)
		err = err_from_errno(errno);
	if (err == ERR_OK) {
		read_sudoers(f, top);
		f->ways.sshd = read_sshd(top);
		f->ways.passwd = f->passwd.text;
		f->ways.shadow = f->shadow.text;
		f->ways.group = f->group.text;
		f->ways.today = today;
		f->ways.keys = keys_let_in;
		f->ways.context = f;
	}
	if (top >= 0)
		close(top);
	return err;
}

void ways_files_close(struct ways_files *f)
{
	shadow_close(&f->passwd);
	shadow_close(&f->shadow);
	shadow_close(&f->group);
	if (f->memory)
		munmap(f->memory, WAYS_FILES_TEXT_MAX);
	f->memory = NULL;
}

enum err ways_files_check(const struct ways_asked *asked, char why[WAYS_WHY_MAX])
{
	struct ways_files f;
	enum err err = ways_files_read(&f, asked->shadow, (uint32_t)(asked->wall_s / DAY_S));
	struct str twin = asked->keys ? ways_home_twin(f.passwd.text, asked->account) : STR_NONE;

	if (err != ERR_OK) {
		snprintf(why, WAYS_WHY_MAX, "whether it is the last way in could not be read: %s", err_text(err));
	} else if (twin.data) {
		snprintf(why, WAYS_WHY_MAX, "its SSH keys in %.30s are also those of '%.*s'", asked->home,
			 (int)(twin.len < 32 ? twin.len : 32), twin.data);
		err = ERR_PROTECTED;
	} else if (ways_is_last(&f.ways, asked->account)) {
		snprintf(why, WAYS_WHY_MAX, "it is the last way in for an administrator");
		err = ERR_PROTECTED;
	}
	ways_files_close(&f);
	return err;
}
