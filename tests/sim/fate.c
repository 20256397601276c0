/* SPDX-License-Identifier: Apache-2.0 */
/* Kills that are drawn from a seed; see fate.h. */
#include "tests/sim/fate.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096 /* in pieces of which the kernel takes a write */

static struct fate *fate;
static void (*end_other)(void);

uint64_t fate_chance(struct fate *f, uint64_t below)
{
	f->chance = f->chance * 6364136223846793005u + 1442695040888963407u;
	return (f->chance >> 33) % below;
}

void fate_pass(struct fate *f)
{
	f->now_s += fate_chance(f, 2) ? (int64_t)fate_chance(f, 600) : 0;
}

void fate_draw(struct fate *f)
{
	f->left = 1 + (unsigned)fate_chance(f, fate_chance(f, 2) ? 30 : 200);
	f->of_other = fate_chance(f, 3) == 0;
}

void fate_begin(struct fate *f, void (*kill_other)(void))
{
	fate = f;
	end_other = kill_other;
}

/* Whether this process is to end. */
static bool is_due(void)
{
	if (!fate)
		return false;
	fate->effects++;
	if (fate->left == 0 || --fate->left > 0)
		return false;
	if (!fate->of_other)
		return true;
	fate->others++;
	end_other();
	fate_draw(fate);
	return false;
}

static void die(void)
{
	(void)kill(getpid(), SIGKILL);
}

void fate_effect(void)
{
	if (is_due())
		die();
}

/* What is written up to the end of a page, if anything is. */
static size_t torn(size_t len, off_t at)
{
	size_t page = PAGE - (size_t)at % PAGE;

	return at >= 0 && page < len && fate_chance(fate, 2) ? page : 0;
}

/* -- the C library's, each declared as there -- */

ssize_t write(int fd, const void *bytes, size_t len);
ssize_t write(int fd, const void *bytes, size_t len)
{
	if (fd != STDERR_FILENO && is_due()) {
		(void)syscall(SYS_write, fd, bytes, torn(len, lseek(fd, 0, SEEK_END)));
		die();
	}
	return (ssize_t)syscall(SYS_write, fd, bytes, len);
}

/* The place in the file moves, which nobody asks for who writes so. */
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	bool due = is_due();

	if (lseek(fd, at, SEEK_SET) != at)
		return -1;
	len = (size_t)syscall(SYS_write, fd, bytes, due ? torn(len, at) : len);
	if (due)
		die();
	return (ssize_t)len;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags);
ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	fate_effect();
	return sendto(fd, bytes, len, flags, NULL, 0);
}

int renameat(int from, const char *old, int to, const char *new);
int renameat(int from, const char *old, int to, const char *new)
{
	fate_effect();
	return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int unlinkat(int dir, const char *name, int flags);
int unlinkat(int dir, const char *name, int flags)
{
	fate_effect();
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

int linkat(int from, const char *old, int to, const char *new, int flags);
int linkat(int from, const char *old, int to, const char *new, int flags)
{
	fate_effect();
	return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int fsync(int fd);
int fsync(int fd)
{
	(void)fd;
	fate_effect();
	return 0;
}

int fdatasync(int fd);
int fdatasync(int fd)
{
	return fsync(fd);
}

int clock_gettime(clockid_t clock, struct timespec *t);
int clock_gettime(clockid_t clock, struct timespec *t)
{
	if (!fate)
		return (int)syscall(SYS_clock_gettime, clock, t);
	*t = (struct timespec){.tv_sec = fate->now_s + (clock == CLOCK_REALTIME ? FATE_BOOT_S : 0)};
	return 0;
}
