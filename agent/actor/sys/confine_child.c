/* SPDX-License-Identifier: Apache-2.0 */
/* Fewer rights for a process that only reads. */
#include "agent/actor/sys/confine_child.h"

#include "agent/base/call_install.h"
#include "agent/base/call_policy.h"
#include "ports/linux/seccomp/core.h"

#include <linux/capability.h>

#include <sys/syscall.h>
#include <unistd.h>

bool confine_child_rights(uint32_t kept)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) != 0)
		return false;
	data[0].permitted &= kept;
	data[0].effective = data[0].permitted;
	data[0].inheritable = data[1].permitted = data[1].effective = data[1].inheritable = 0;
	return syscall(SYS_capset, &header, data) == 0;
}

bool confine_child_calls(void)
{
	static const struct call_policy policy = {
		.calls = seccomp_core_calls,
		.call_count = sizeof(seccomp_core_calls) / sizeof(seccomp_core_calls[0]),
	};
	static struct call_filter filter;

	call_policy_filter(&policy, getpid(), &filter);
	return call_install(&filter, false) == ERR_OK;
}
