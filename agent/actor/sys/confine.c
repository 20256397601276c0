/* SPDX-License-Identifier: Apache-2.0 */
/* Gives privileges up, in an order that works from full root and from a unit file's short list alike. */
#include "agent/actor/sys/confine.h"

#include "agent/base/call_install.h"
#include "ports/linux/seccomp/actor.h"
#include "ports/linux/seccomp/arch.h"
#include "ports/linux/seccomp/never.h"

#include <linux/capability.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS (sizeof(seccomp_actor_calls) / sizeof(seccomp_actor_calls[0]))
#define NEVER (sizeof(seccomp_never) / sizeof(seccomp_never[0]))
#define SLICE_NS 100000

static uint64_t bit(unsigned capability)
{
	return UINT64_C(1) << capability;
}

/* What a restart of the core and the look at files need, on top of what the rows need. */
static uint64_t wanted(uint64_t rows)
{
	/* CAP_KILL is to end the core, which is another user's process. */
	return rows | bit(CAP_SETUID) | bit(CAP_SETGID) | bit(CAP_DAC_READ_SEARCH) | bit(CAP_CHOWN) | bit(CAP_KILL);
}

static int fail(char why[CONFINE_WHY_MAX], const char *step)
{
	snprintf(why, CONFINE_WHY_MAX, "%s: %s", step, strerror(errno));
	return -1;
}

static int drop_capabilities(uint64_t keep, char why[CONFINE_WHY_MAX])
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	bool may_bound;

	if (syscall(SYS_capget, &header, data) != 0)
		return fail(why, "capget");
	may_bound = data[0].effective & bit(CAP_SETPCAP);
	/* Without CAP_SETPCAP the bounding set was chosen by whoever started us; no-new-privileges holds it. */
	for (unsigned c = 0; may_bound && prctl(PR_CAPBSET_READ, c) >= 0; c++)
		if (!(keep & bit(c)) && prctl(PR_CAPBSET_DROP, c) != 0)
			return fail(why, "dropping the bounding set");
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) != 0 ? fail(why, "capset") : 0;
}

/* Nobody types into a terminal here, the core and the resolving child neither: they inherit this. */
static const uint32_t typing[] = {TIOCSTI, TIOCLINUX};

static int filter_calls(char why[CONFINE_WHY_MAX])
{
	static struct call_filter f;
	static const struct call_filter_test ioctls = {
		__NR_ioctl,	  1, typing, sizeof(typing) / sizeof(typing[0]), false, SECCOMP_RET_KILL_PROCESS,
		CALL_FILTER_GO_ON};

	call_filter_begin(&f, SECCOMP_ARCH);
	call_filter_test(&f, &ioctls);
	call_filter_calls(&f, seccomp_actor_calls, CALLS, SECCOMP_RET_ALLOW);
	call_filter_calls(&f, seccomp_never, NEVER, SECCOMP_RET_KILL_PROCESS);
	call_filter_end(&f, SECCOMP_RET_ERRNO | ENOSYS);
	return call_install(&f, false) != ERR_OK ? fail(why, "seccomp filter") : 0;
}

enum err confine_enter(uint64_t rows, char why[CONFINE_WHY_MAX])
{
	if (drop_capabilities(wanted(rows), why) != 0)
		return ERR_DENIED;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(why, "no new privileges"), ERR_DENIED;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail(why, "no core dumps"), ERR_DENIED;
	return filter_calls(why) == 0 ? ERR_OK : ERR_UNSUPPORTED;
}

void confine_short_slice(void)
{
	struct sched_attr attributes = {.size = sizeof(attributes), .sched_runtime = SLICE_NS};

	/* SCHED_OTHER keeps its nice value of 0 only if it was; a unit file's Nice= stays where it is. */
	errno = 0;
	(void)syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0);
	attributes.size = sizeof(attributes);
	attributes.sched_runtime = SLICE_NS;
	(void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}
