/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided by an argument comes first, because the lists do not look at any. */
#include "agent/base/call_policy.h"

#include "ports/linux/seccomp/arch.h"
#include "ports/linux/seccomp/never.h"

#include <linux/seccomp.h>

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

/* What fits is allowed. */
static void allow(struct call_filter *f, const struct call_filter_test *test, uint32_t other)
{
	struct call_filter_test t = *test;

	t.fits = SECCOMP_RET_ALLOW;
	t.other = other;
	call_filter_test(f, &t);
}

/* Terminals and devices have thousands of requests, of which libuv and the C library make a few. */
static void choose_requests(struct call_filter *f, const struct call_policy *p)
{
	static const uint32_t typing[] = {TIOCSTI, TIOCLINUX};
	static const uint32_t libuv[] = {FIONREAD, FIONBIO, FIOCLEX, FIONCLEX};

	call_filter_test(f, &(struct call_filter_test){__NR_ioctl, 1, typing, COUNT(typing), false,
						       SECCOMP_RET_KILL_PROCESS, CALL_FILTER_GO_ON});
	allow(f, &(struct call_filter_test){.call = __NR_ioctl, .argument = 1, .values = libuv, .count = COUNT(libuv)},
	      CALL_FILTER_GO_ON);
	allow(f,
	      &(struct call_filter_test){
		      .call = __NR_ioctl, .argument = 1, .values = p->requests, .count = p->request_count},
	      SECCOMP_RET_ERRNO | ENOTTY);
}

/* Limits of process 0 are one's own. */
static void choose_processes(struct call_filter *f, pid_t self)
{
	const uint32_t own[] = {(uint32_t)self, 0};

	allow(f, &(struct call_filter_test){.call = __NR_tgkill, .values = own, .count = 1}, SECCOMP_RET_ERRNO | EPERM);
	allow(f, &(struct call_filter_test){.call = __NR_prlimit64, .values = own, .count = 2},
	      SECCOMP_RET_ERRNO | EPERM);
}

static void choose_mappings(struct call_filter *f, bool loads_code)
{
	static const uint32_t protection[] = {PROT_EXEC};
	const uint32_t executable = loads_code ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EACCES;

	for (size_t i = 0; i < COUNT(seccomp_mappings); i++)
		call_filter_test(f, &(struct call_filter_test){seccomp_mappings[i], 2, protection, 1, true, executable,
							       SECCOMP_RET_ALLOW});
}

static void choose_sockets(struct call_filter *f, const struct call_policy *p)
{
	for (size_t i = 0; i < COUNT(seccomp_sockets); i++)
		allow(f,
		      &(struct call_filter_test){
			      .call = seccomp_sockets[i], .values = p->families, .count = p->family_count},
		      SECCOMP_RET_ERRNO | EAFNOSUPPORT);
}

void call_policy_filter(const struct call_policy *p, pid_t self, struct call_filter *f)
{
	call_filter_begin(f, SECCOMP_ARCH);
	choose_mappings(f, p->loads_code);
	choose_sockets(f, p);
	choose_requests(f, p);
	choose_processes(f, self);
	if (p->test)
		call_filter_test(f, p->test);
	call_filter_calls(f, p->calls, p->call_count, SECCOMP_RET_ALLOW);
	call_filter_calls(f, seccomp_never, COUNT(seccomp_never), SECCOMP_RET_KILL_PROCESS);
	call_filter_calls(f, seccomp_never_another, COUNT(seccomp_never_another), SECCOMP_RET_KILL_PROCESS);
	call_filter_end(f, SECCOMP_RET_ERRNO | ENOSYS);
}
