/* SPDX-License-Identifier: Apache-2.0 */
/* See power.h. The disk is a model beside the real one: names at the last sync and since, and files as synced. */
#include "tests/unit/power.h"

#include "tests/unit/power_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CUTS_MAX 2000
#define NAMES_MAX 16
#define STATES_MAX 64
#define FILES_MAX 64
#define PATH_BYTES 320

struct file {
	ino_t inode;
	uint8_t *bytes;
	size_t len;
};

struct names {
	unsigned count;
	struct {
		char name[64];
		ino_t inode;
	} all[NAMES_MAX];
};

/* Files by their inodes. */
struct files {
	unsigned count;
	struct file all[FILES_MAX];
};

static struct disk {
	const char *dir;
	struct files synced, live;
	unsigned state_count; /* the first is the synced one */
	struct names states[STATES_MAX];
} disk;

static void forget(struct files *files)
{
	for (unsigned i = 0; i < files->count; i++)
		free(files->all[i].bytes);
	files->count = 0;
}

static struct file *find(struct files *files, ino_t inode)
{
	for (unsigned i = 0; i < files->count; i++)
		if (files->all[i].inode == inode)
			return &files->all[i];
	return NULL;
}

/* Put what the path leads to, if it is a file, into the files. */
static void keep(struct files *files, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct file *f;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	f = find(files, st.st_ino);
	if (!f) {
		assert_true(files->count < FILES_MAX);
		f = &files->all[files->count++];
		*f = (struct file){.inode = st.st_ino};
	}
	f->len = (size_t)st.st_size;
	f->bytes = realloc(f->bytes, f->len + 1);
	assert_int_equal(pread(fd, f->bytes, f->len, 0), (ssize_t)f->len);
	close(fd);
}

static void path_of(char path[PATH_BYTES], const char *name)
{
	snprintf(path, PATH_BYTES, "%s/%s", disk.dir, name);
}

static void look(struct names *names)
{
	DIR *dir = opendir(disk.dir);
	struct stat st;

	assert_non_null(dir);
	names->count = 0;
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
			continue;
		assert_true(names->count < NAMES_MAX);
		snprintf(names->all[names->count].name, sizeof(names->all[0].name), "%.60s", e->d_name);
		names->all[names->count++].inode = st.st_ino;
	}
	closedir(dir);
}

static void keep_all(struct files *files, const struct names *names)
{
	char path[PATH_BYTES];

	forget(files);
	for (unsigned i = 0; i < names->count; i++) {
		path_of(path, names->all[i].name);
		keep(files, path);
	}
}

/* All that is there is durable. */
static void begin(const char *dir)
{
	disk.dir = dir;
	disk.state_count = 1;
	look(&disk.states[0]);
	keep_all(&disk.synced, &disk.states[0]);
}

static bool is_named(const struct names *names, ino_t inode)
{
	for (unsigned i = 0; i < names->count; i++)
		if (names->all[i].inode == inode)
			return true;
	return false;
}

/* The directory has changed. A file that was not there has nothing that is durable, whoever had its inode before. */
static void note_names(void)
{
	assert_true(disk.state_count < STATES_MAX);
	struct names *now = &disk.states[disk.state_count], *before = now - 1;

	look(now);
	for (unsigned i = 0; i < now->count; i++) {
		struct file *f = find(&disk.synced, now->all[i].inode);

		if (f && !is_named(before, f->inode))
			f->len = 0;
	}
	if (now->count != before->count || memcmp(now->all, before->all, now->count * sizeof(now->all[0])) != 0)
		disk.state_count++;
}

static void note_sync(pid_t pid, unsigned fd)
{
	char path[64];
	struct stat st, dir;

	snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)pid, fd);
	if (stat(path, &st) != 0 || stat(disk.dir, &dir) != 0)
		return;
	if (st.st_ino == dir.st_ino && st.st_dev == dir.st_dev) {
		disk.states[0] = disk.states[disk.state_count - 1];
		disk.state_count = 1;
	} else {
		keep(&disk.synced, path);
	}
}

/* -- what is left -- */

enum left { LEFT_SYNCED, LEFT_HALF, LEFT_ALL, LEFT_COUNT };

static void put(int fd, const struct file *f, size_t from, size_t to)
{
	if (f && f->len < to)
		to = f->len;
	if (f && from < to)
		assert_int_equal(pwrite(fd, f->bytes + from, to - from, (off_t)from), (ssize_t)(to - from));
}

static void build_file(const char *name, ino_t inode, enum left left)
{
	const struct file *synced = find(&disk.synced, inode), *live = find(&disk.live, inode);
	char path[PATH_BYTES];
	size_t half = live && left == LEFT_HALF ? live->len / 2 : 0;

	if (!live)
		left = LEFT_SYNCED;
	path_of(path, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	put(fd, live, 0, left == LEFT_ALL ? SIZE_MAX : half);
	if (left != LEFT_ALL)
		put(fd, synced, half, SIZE_MAX);
	close(fd);
}

static void clear(void)
{
	struct names names;
	char path[PATH_BYTES];

	look(&names);
	for (unsigned i = 0; i < names.count; i++) {
		path_of(path, names.all[i].name);
		assert_int_equal(unlink(path), 0);
	}
}

static void look_at_all(const struct power *p, const struct power_cut *cut)
{
	struct names now;

	look(&now);
	keep_all(&disk.live, &now);
	for (unsigned s = 0; s < disk.state_count; s++)
		for (unsigned left = 0; left < LEFT_COUNT; left++) {
			const struct names *names = &disk.states[s];

			clear();
			for (unsigned i = 0; i < names->count; i++)
				build_file(names->all[i].name, names->all[i].inode, (enum left)left);
			p->after(p->context, cut);
		}
	clear();
}

/* -- the child -- */

static enum power_kind kind_of(const struct __ptrace_syscall_info *info)
{
	for (size_t i = 0; i < sizeof(power_calls) / sizeof(power_calls[0]); i++)
		if ((uint64_t)power_calls[i].number == info->entry.nr)
			return power_calls[i].kind == POWER_OPEN && !(info->entry.args[2] & O_CREAT)
				       ? 0
				       : power_calls[i].kind;
	return 0;
}

/* Both processes see it. */
static _Atomic int *work_is_over;

static pid_t start(int (*work)(void *context), void *context)
{
	pid_t pid;
	int status;

	if (!work_is_over)
		work_is_over =
			mmap(NULL, sizeof(*work_is_over), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true((void *)work_is_over != MAP_FAILED);
	*work_is_over = 0;
	pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(255);
		(void)raise(SIGSTOP);
		int result = work(context);

		*work_is_over = 1; /* what follows may be gcov's */
		_exit(result);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSTOPPED(status))
		(void)ptrace(PTRACE_SETOPTIONS, pid, NULL,
			     (void *)(uintptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	return WIFSTOPPED(status) ? pid : -1;
}

/* At the entry of a call, and at its exit. false: the power is cut here. */
static bool at_call(pid_t pid, struct __ptrace_syscall_info *entry, unsigned *left)
{
	struct __ptrace_syscall_info info;
	enum power_kind kind;

	assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		*entry = info;
		return kind_of(&info) == 0 || *work_is_over || (*left)-- > 0;
	}
	kind = info.op == PTRACE_SYSCALL_INFO_EXIT && !info.exit.is_error ? kind_of(entry) : 0;
	if (kind == POWER_OPEN || kind == POWER_NAME)
		note_names();
	if (kind == POWER_SYNC)
		note_sync(pid, (unsigned)entry->entry.args[0]);
	return true;
}

static void run_to_cut(pid_t pid, struct power_cut *cut)
{
	struct __ptrace_syscall_info entry = {.op = 0};
	unsigned left = cut->nth;
	int status = 0, number = 0;

	for (;;) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)number), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status)) {
			cut->ended = true;
			cut->result = WEXITSTATUS(status);
			return;
		}
		if (!WIFSTOPPED(status))
			fail_msg("the work ends by signal %d", WTERMSIG(status));
		number = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
		if (number == 0 && !at_call(pid, &entry, &left))
			break;
	}
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == pid && !WIFSIGNALED(status) && !WIFEXITED(status))
		;
}

static int nothing(void *context)
{
	(void)context;
	return 0;
}

bool power_possible(void)
{
	struct __ptrace_syscall_info info;
	pid_t pid = start(nothing, NULL);
	int status;
	bool possible;

	if (pid < 0)
		return false;
	possible = ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid &&
		   WIFSTOPPED(status) && ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return possible;
}

unsigned power_each(const struct power *p)
{
	struct power_cut cut = {.nth = 0};
	unsigned step = p->step ? p->step : 1;

	for (; !cut.ended; cut.nth += step) {
		assert_true(cut.nth < CUTS_MAX);
		p->before(p->context);
		begin(p->dir);
		run_to_cut(start(p->work, p->context), &cut);
		look_at_all(p, &cut);
	}
	forget(&disk.synced);
	forget(&disk.live);
	return cut.nth - step;
}
