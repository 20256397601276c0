/* SPDX-License-Identifier: Apache-2.0 */
/* Enters the sandbox: first restricts files, then starts the threads, then restricts system calls of all threads. */
#include "agent/shell/sandbox.h"

#include "agent/base/call_filter.h"
#include "agent/base/landlock.h"
#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/shell/process.h"
#include "agent/source/log.h"
#include "ports/linux/seccomp/arch.h"
#include "ports/linux/seccomp/core.h"

#include <linux/seccomp.h>
#include <linux/sockios.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 2 /* one may wait for name resolution while the other writes to flash */

_Noreturn static void fail(const char *what)
{
	log_line(SEV_HIGH, "sandbox: %s: %s", what, strerror(errno));
	log_fatal("caltrop-core does not run without its sandbox");
}

/* Allow a directory to be read. A directory that does not exist is no error. */
static enum err allow_path(struct landlock *l, const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err err = fd < 0 ? ERR_OK : landlock_allow(l, fd, 0);

	if (fd >= 0)
		close(fd);
	return err;
}

/* Allow the directory of resolv.conf. /etc/resolv.conf is often a link to a file that another program replaces. */
static enum err allow_resolver(struct landlock *l)
{
	char target[PATH_MAX];
	char *slash;

	if (!realpath("/etc/resolv.conf", target))
		return ERR_OK;
	slash = strrchr(target, '/');
	slash[slash == target] = 0;
	return allow_path(l, target);
}

static void enter_landlock(struct loop *loop)
{
	struct landlock l;
	enum err err = landlock_begin(&l);

	if (err == ERR_UNSUPPORTED) {
		log_line(SEV_INFO, "this kernel has no Landlock: only permissions guard files");
		return;
	}
	err = err ? err : landlock_allow(&l, CORE_FD_STATE, 1);
	err = err ? err : landlock_allow(&l, CORE_FD_IDENTITY, 1);
	err = err ? err : landlock_allow(&l, CORE_FD_TRUST, 0);
	if (process_has_fd(CORE_FD_JOURNAL))
		err = err ? err : landlock_allow(&l, CORE_FD_JOURNAL, 0);
	if ((IS_ENABLED(CONFIG_SOURCE_PROCESS) && loop->settings.process) ||
	    (IS_ENABLED(CONFIG_SOURCE_SOCKET) && loop->settings.network))
		err = err ? err : allow_path(&l, "/proc");
	err = err ? err : allow_path(&l, "/etc");
	err = err ? err : allow_resolver(&l);
	err = err ? err : landlock_allow_port(&l, 53);
	if (loop->settings.server_host[0])
		err = err ? err : landlock_allow_port(&l, loop->settings.server_port);
	err = err ? err : landlock_enforce(&l);
	if (err)
		fail("landlock");
}

static void nothing(uv_work_t *work)
{
	usleep(1000);
	(void)work;
}

static void nothing_done(uv_work_t *work, int status)
{
	(void)work;
	(void)status;
}

/* Start libuv's threads. libuv makes them when it gets its first work. */
static void start_threads(struct loop *loop)
{
	static uv_work_t work[THREADS];

	setenv("UV_THREADPOOL_SIZE", "2", 1);
	for (int i = 0; i < THREADS; i++)
		require(uv_queue_work(&loop->uv, &work[i], nothing, nothing_done) == 0);
}

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

/* Decide by an argument; what does not fit is refused with an error. */
static void only(struct call_filter *f, const struct call_filter_test *t, int error)
{
	struct call_filter_test test = *t;

	test.fits = SECCOMP_RET_ALLOW;
	test.other = SECCOMP_RET_ERRNO | (unsigned)error;
	call_filter_test(f, &test);
}

/*
 * Terminals and devices have thousands of requests, of which libuv and the C library make a few. Who types into a
 * terminal is a captured core.
 */
static void choose_requests(struct call_filter *f)
{
	static const uint32_t typing[] = {TIOCSTI, TIOCLINUX};
	static const uint32_t needed[] = {FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, SIOCGIFINDEX};

	call_filter_test(f, &(struct call_filter_test){__NR_ioctl, 1, typing, COUNT(typing), false,
						       SECCOMP_RET_KILL_PROCESS, CALL_FILTER_GO_ON});
	only(f, &(struct call_filter_test){__NR_ioctl, 1, needed, COUNT(needed), false, 0, 0}, ENOTTY);
}

/* Signals and limits are for this process only. */
static void choose_processes(struct call_filter *f)
{
	const uint32_t self[] = {(uint32_t)getpid(), 0};

	only(f, &(struct call_filter_test){__NR_tgkill, 0, self, 1, false, 0, 0}, EPERM);
	only(f, &(struct call_filter_test){__NR_prlimit64, 0, self, 2, false, 0, 0}, EPERM);
}

/* No memory becomes executable. */
static void choose_mappings(struct call_filter *f)
{
	static const uint32_t protection[] = {PROT_EXEC};

	for (size_t i = 0; i < COUNT(seccomp_core_mappings); i++)
		call_filter_test(f, &(struct call_filter_test){seccomp_core_mappings[i], 2, protection, 1, true,
							       SECCOMP_RET_ERRNO | EACCES, SECCOMP_RET_ALLOW});
}

/* Internet sockets, and the netlink socket by which the C library asks for the machine's addresses. */
static void choose_sockets(struct call_filter *f)
{
	static const uint32_t families[] = {AF_INET, AF_INET6, AF_NETLINK};

	for (size_t i = 0; i < COUNT(seccomp_core_sockets); i++)
		only(f, &(struct call_filter_test){seccomp_core_sockets[i], 0, families, 3, false, 0, 0}, EAFNOSUPPORT);
}

static void build(struct call_filter *f)
{
	call_filter_begin(f, SECCOMP_ARCH);
	choose_mappings(f);
	choose_sockets(f);
	choose_requests(f);
	choose_processes(f);
	call_filter_calls(f, seccomp_core_calls, COUNT(seccomp_core_calls), SECCOMP_RET_ALLOW);
	call_filter_calls(f, seccomp_core_never, COUNT(seccomp_core_never), SECCOMP_RET_KILL_PROCESS);
	call_filter_end(f, SECCOMP_RET_ERRNO | ENOSYS);
}

void sandbox_enter(struct loop *loop)
{
	static struct call_filter filter;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fail("no new privileges");
	if (IS_ENABLED(CONFIG_SANDBOX_LANDLOCK))
		enter_landlock(loop);
	start_threads(loop);
	build(&filter);
	struct sock_fprog program = {.len = filter.len, .filter = filter.code};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		fail("seccomp");
}
