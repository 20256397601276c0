/* SPDX-License-Identifier: Apache-2.0 */
/* The one system call. For a single thread it is the older prctl(2). */
#include "agent/base/call_install.h"

#include <linux/seccomp.h>

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum err call_install(struct call_filter *f, bool all_threads)
{
	const struct sock_fprog program = {.len = f->len, .filter = f->code};
	long failed = all_threads ? syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program)
				  : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);

	if (failed == 0)
		return ERR_OK;
	/* The number of the thread that could not take it. */
	if (failed > 0)
		errno = ESRCH;
	else if (errno == ENOSYS)
		return ERR_UNSUPPORTED;
	return ERR_DENIED;
}
