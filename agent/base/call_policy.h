/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of a program that reads what strangers send. Whatever is allowed beside, it makes no memory
 * executable, unless it has to load code, signals and limits no process but itself, opens sockets of a few families
 * only, and asks of a descriptor what libuv asks. A call that only a captured program makes
 * (ports/linux/seccomp/never.h), such as typing into a terminal, ends it; all others do not exist (ENOSYS).
 */
#pragma once

#include "agent/base/call_filter.h"

#include <sys/types.h>

struct call_policy {
	const unsigned *calls; /* that are allowed, by number */
	size_t call_count;
	const uint32_t *families; /* of sockets, AF_... */
	size_t family_count;
	const uint32_t *requests; /* of ioctl(2), beside libuv's */
	size_t request_count;
	const struct call_filter_test *test; /* another decision, NULL: none */
	bool loads_code;		     /* memory may become executable: it loads shared objects */
};

/* Build the filter for the process `self`. */
void call_policy_filter(const struct call_policy *p, pid_t self, struct call_filter *f);
