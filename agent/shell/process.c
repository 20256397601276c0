/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepares the core's own process: limits, descriptors, scheduling, memory. It runs once at start, before the sandbox
 * is entered.
 */
#include "agent/shell/process.h"

#include "agent/base/key.h"
#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/common/user_map.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 128
#define STACK_BYTES (256 * 1024) /* of a thread; name resolution needs the largest one */
#define SLICE_NS 100000

static bool given[CORE_FD_END];

void process_note_fds(void)
{
	for (int fd = CORE_FD_SETTINGS; fd < CORE_FD_END; fd++) {
		given[fd] = fcntl(fd, F_GETFD) >= 0;
		if (!given[fd]) {
			int filler = open("/dev/null", O_RDONLY | O_CLOEXEC);

			if (filler >= 0 && filler != fd) {
				dup3(filler, fd, O_CLOEXEC);
				close(filler);
			}
		}
	}
}

bool process_has_fd(int fd)
{
	return given[fd];
}

static void limit(int resource, rlim_t value)
{
	struct rlimit limit = {value, value};

	setrlimit(resource, &limit);
}

enum err process_prepare(void)
{
	if ((getuid() == 0 || geteuid() == 0) && !user_map_only_root())
		return ERR_DENIED;
	limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_STACK, STACK_BYTES);
	for (int fd = 3; fd < DESCRIPTORS_MAX; fd++) {
		if (fd >= CORE_FD_END)
			close(fd);
		else if (process_has_fd(fd))
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_IGN);
	return ERR_OK;
}

/* struct sched_attr of linux/sched/types.h, as of its first version. */
struct slice {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

void process_short_slice(void)
{
	struct slice attr = {.size = sizeof(attr)};

	/* The nice value that the process was started with stays. */
	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) != 0)
		return;
	attr.size = sizeof(attr);
	attr.runtime = SLICE_NS;
	syscall(SYS_sched_setattr, 0, &attr, 0);
}

void *process_reserve(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	require(memory != MAP_FAILED);
	return memory;
}

void process_random(void *out, size_t len)
{
	require(key_random_kernel.fill(key_random_kernel.context, out, len) == 0);
}
