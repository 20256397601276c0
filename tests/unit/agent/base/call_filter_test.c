/* SPDX-License-Identifier: Apache-2.0 */
/* Each filter is tried by the kernel, in a child. */
#include "agent/base/call_filter.h"

#include "ports/linux/seccomp/arch.h"
#include "tests/unit/machine.h"

#include <linux/seccomp.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KILLED 1000 /* what the call ended the process with, instead of an error */

static struct call_filter filter;

/* The error of a call under the filter: 0 for none, KILLED. */
static int tried(long call, long first, long second, long third)
{
	struct sock_fprog program = {filter.len, filter.code};
	int status;
	pid_t pid;

	if (!machine_filters())
		skip();
	pid = fork();
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
			syscall(SYS_exit_group, 255);
		syscall(SYS_exit_group, syscall(call, first, second, third) < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

static void begin(void)
{
	static const unsigned allowed[] = {__NR_exit_group, __NR_getppid}, never[] = {__NR_getuid};

	call_filter_begin(&filter, SECCOMP_ARCH);
	call_filter_calls(&filter, allowed, 2, SECCOMP_RET_ALLOW);
	call_filter_calls(&filter, never, 1, SECCOMP_RET_KILL_PROCESS);
}

static void calls_get_the_action_of_their_list(void **state)
{
	(void)state;
	begin();
	call_filter_end(&filter, SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(tried(SYS_getppid, 0, 0, 0), 0);
	assert_int_equal(tried(SYS_getuid, 0, 0, 0), KILLED);
	assert_int_equal(tried(SYS_getpgid, 0, 0, 0), ENOSYS);
}

static void an_argument_decides(void **state)
{
	static const uint32_t typing[] = {TIOCSTI, TIOCLINUX}, known[] = {FIONREAD, FIONBIO};
	int pair[2];

	(void)state;
	assert_int_equal(pipe(pair), 0);
	begin();
	call_filter_test(&filter, &(struct call_filter_test){__NR_ioctl, 1, typing, 2, false, SECCOMP_RET_KILL_PROCESS,
							     CALL_FILTER_GO_ON});
	call_filter_test(&filter, &(struct call_filter_test){__NR_ioctl, 1, known, 2, false, SECCOMP_RET_ALLOW,
							     SECCOMP_RET_ERRNO | ENOTTY});
	call_filter_end(&filter, SECCOMP_RET_ERRNO | ENOSYS);

	int count = 0;

	assert_int_equal(tried(SYS_ioctl, pair[0], FIONREAD, (long)&count), 0);
	assert_int_equal(tried(SYS_ioctl, pair[0], FIONBIO, (long)&count), 0);
	assert_int_equal(tried(SYS_ioctl, pair[0], FIOCLEX, 0), ENOTTY);
	assert_int_equal(tried(SYS_ioctl, pair[0], TIOCSTI, 0), KILLED);
	assert_int_equal(tried(SYS_ioctl, pair[0], TIOCLINUX, 0), KILLED);
	/* A call without a decision of its own, behind tests that were passed over. */
	assert_int_equal(tried(SYS_getppid, 0, 0, 0), 0);
	close(pair[0]);
	close(pair[1]);
}

/* The kernel looks at the low half of a request; a filter that compared the whole would be passed. */
static void the_high_half_of_an_argument_hides_nothing(void **state)
{
	static const uint32_t typing[] = {TIOCSTI};

	(void)state;
	if (sizeof(long) == 4)
		skip();
	begin();
	call_filter_test(&filter, &(struct call_filter_test){__NR_ioctl, 1, typing, 1, false, SECCOMP_RET_KILL_PROCESS,
							     CALL_FILTER_GO_ON});
	call_filter_end(&filter, SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(tried(SYS_ioctl, 0, (long)(UINT64_C(1) << 32 | TIOCSTI), 0), KILLED);
}

static void any_of_the_bits_decides(void **state)
{
	static const uint32_t bits[] = {PROT_EXEC};
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	begin();
	call_filter_test(&filter, &(struct call_filter_test){__NR_mprotect, 2, bits, 1, true,
							     SECCOMP_RET_ERRNO | EACCES, SECCOMP_RET_ALLOW});
	call_filter_end(&filter, SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(tried(SYS_mprotect, (long)page, 4096, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(tried(SYS_mprotect, (long)page, 4096, PROT_READ | PROT_EXEC), EACCES);
	munmap(page, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_get_the_action_of_their_list),
		cmocka_unit_test(an_argument_decides),
		cmocka_unit_test(the_high_half_of_an_argument_hides_nothing),
		cmocka_unit_test(any_of_the_bits_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
