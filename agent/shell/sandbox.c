/* SPDX-License-Identifier: Apache-2.0 */
/* Enters the sandbox: first restricts files, then starts the threads, then restricts system calls of all threads. */
#include "agent/shell/sandbox.h"

#include "agent/base/call_install.h"
#include "agent/base/call_policy.h"
#include "agent/base/landlock.h"
#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/shell/process.h"
#include "agent/source/log.h"
#include "ports/linux/seccomp/core.h"

#include <linux/sockios.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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
	if (process_has_fd(CORE_FD_PACKS))
		err = err ? err : landlock_allow(&l, CORE_FD_PACKS, 0);
	if (process_has_fd(CORE_FD_JOURNAL))
		err = err ? err : landlock_allow(&l, CORE_FD_JOURNAL, 0);
	if ((IS_ENABLED(CONFIG_SOURCE_PROCESS) && loop->settings.process) ||
	    (IS_ENABLED(CONFIG_SOURCE_SOCKET) && loop->settings.network))
		err = err ? err : allow_path(&l, "/proc");
	if (IS_ENABLED(CONFIG_SOURCE_UEVENT) && loop->settings.devices)
		err = err ? err : allow_path(&l, "/sys");
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

static void build(struct call_filter *f)
{
	/* The netlink socket is that by which the C library asks for the machine's addresses. */
	static const uint32_t families[] = {AF_INET, AF_INET6, AF_NETLINK}, requests[] = {SIOCGIFINDEX};
	static const struct call_policy policy = {
		.calls = seccomp_core_calls,
		.call_count = sizeof(seccomp_core_calls) / sizeof(seccomp_core_calls[0]),
		.families = families,
		.family_count = 3,
		.requests = requests,
		.request_count = 1,
	};

	call_policy_filter(&policy, getpid(), f);
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
	if (call_install(&filter, true) != ERR_OK)
		fail("seccomp");
}
