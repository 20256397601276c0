/* SPDX-License-Identifier: Apache-2.0 */
/* Enters the sandbox: first restricts files, then starts the threads, then restricts system calls of all threads. */
#include "agent/shell/sandbox.h"

#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/shell/landlock.h"
#include "agent/shell/process.h"
#include "agent/source/log.h"
#include "ports/linux/seccomp/arch.h"
#include "ports/linux/seccomp/core.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS (sizeof(seccomp_core_calls) / sizeof(seccomp_core_calls[0]))
#define NEVER (sizeof(seccomp_core_never) / sizeof(seccomp_core_never[0]))
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

/* A seccomp filter that is being built. */
struct filter {
	struct sock_filter code[2 * (CALLS + NEVER) + 64];
	unsigned short len;
};

static void put(struct filter *f, struct sock_filter instruction)
{
	require(f->len < sizeof(f->code) / sizeof(f->code[0]));
	f->code[f->len++] = instruction;
}

static void load(struct filter *f, size_t offset)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void finish(struct filter *f, unsigned action)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Add: if the number of the system call, which is loaded, is `call`, return `action`. */
static void decide(struct filter *f, unsigned call, unsigned action)
{
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
	finish(f, action);
}

/* The offset of an argument's low 32 bits. */
static size_t argument(unsigned i)
{
	return offsetof(struct seccomp_data, args) + 8 * i + (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0);
}

/* Add: refuse calls that would make memory executable. */
static void refuse_executable(struct filter *f, unsigned call)
{
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4));
	load(f, argument(2));
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1));
	finish(f, SECCOMP_RET_ERRNO | EACCES);
	finish(f, SECCOMP_RET_ALLOW);
}

/* Add: allow internet sockets, and the netlink socket by which the C library asks for the machine's addresses. */
static void choose_sockets(struct filter *f, unsigned call)
{
	static const unsigned families[] = {AF_INET, AF_INET6, AF_NETLINK};

	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 8));
	load(f, argument(0));
	for (unsigned i = 0; i < 3; i++)
		decide(f, families[i], SECCOMP_RET_ALLOW);
	finish(f, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
}

static void build(struct filter *f)
{
	load(f, offsetof(struct seccomp_data, arch));
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SECCOMP_ARCH, 1, 0));
	finish(f, SECCOMP_RET_KILL_PROCESS);
	load(f, offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < sizeof(seccomp_core_mappings) / sizeof(seccomp_core_mappings[0]); i++)
		refuse_executable(f, seccomp_core_mappings[i]);
	for (unsigned i = 0; i < sizeof(seccomp_core_sockets) / sizeof(seccomp_core_sockets[0]); i++)
		choose_sockets(f, seccomp_core_sockets[i]);
	for (unsigned i = 0; i < CALLS; i++)
		decide(f, seccomp_core_calls[i], SECCOMP_RET_ALLOW);
	for (unsigned i = 0; i < NEVER; i++)
		decide(f, seccomp_core_never[i], SECCOMP_RET_KILL_PROCESS);
	finish(f, SECCOMP_RET_ERRNO | ENOSYS);
}

void sandbox_enter(struct loop *loop)
{
	static struct filter filter;

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
