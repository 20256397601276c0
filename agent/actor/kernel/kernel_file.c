/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one of three files. It runs gzip rather than have a decompressor in caltropd, for what is asked once. */
#include "agent/actor/kernel/kernel_file.h"

#include "agent/base/regular.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PACKED "/proc/config.gz"

static size_t read_all(int fd, char *bytes, size_t cap)
{
	size_t len = 0;
	ssize_t got;

	while (len < cap && (got = read(fd, bytes + len, cap - len)) > 0)
		len += (size_t)got;
	return len;
}

/* What is read to the end, so that a configuration that was cut off answers nothing. */
static void take(struct kernel_file *f, int fd, const char *path)
{
	size_t len = read_all(fd, f->bytes, sizeof(f->bytes));

	if (len == 0 || len == sizeof(f->bytes))
		return;
	f->path = path;
	f->text = (struct str){f->bytes, len};
}

static _Noreturn void unpack(int in, int out)
{
	static char *const gzip[] = {"gzip", "-dc", NULL};
	static char *const environment[] = {NULL};

	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
		execve("/bin/gzip", gzip, environment);
		execve("/usr/bin/gzip", gzip, environment);
		execve("/bin/busybox", gzip, environment);
	}
	_exit(127);
}

static void read_packed(struct kernel_file *f)
{
	int in = open(PACKED, O_RDONLY | O_CLOEXEC);
	int ends[2], status = 0;
	pid_t child;

	if (in < 0)
		return;
	if (pipe2(ends, O_CLOEXEC) == 0) {
		child = fork();
		if (child == 0)
			unpack(in, ends[1]);
		close(ends[1]);
		take(f, ends[0], PACKED);
		close(ends[0]);
		if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
			f->path = NULL;
	}
	close(in);
}

static void read_plain(struct kernel_file *f, const char *before, const char *release, const char *behind)
{
	int fd;

	snprintf(f->path_bytes, sizeof(f->path_bytes), "%s%s%s", before, release, behind);
	if (regular_follow(AT_FDCWD, f->path_bytes, O_RDONLY, &fd) != ERR_OK)
		return;
	take(f, fd, f->path_bytes);
	close(fd);
}

void kernel_file_read(struct kernel_file *f, const char *release)
{
	f->path = NULL;
	f->text = STR_NONE;
	read_packed(f);
	if (!f->path)
		read_plain(f, "/boot/config-", release, "");
	if (!f->path)
		read_plain(f, "/lib/modules/", release, "/config");
}
