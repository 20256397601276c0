/* SPDX-License-Identifier: Apache-2.0 */
/* Which program stops or starts a service, and with which arguments. Of an order, only the service's name is in them.
 */
#pragma once

#include "agent/actor/sys/service.h"

#define SERVICE_CALL_ARGUMENTS_MAX 8u

struct service_call {
	const char *path;				 /* of the program */
	char units[3][VERB_NAME_MAX + 16];		 /* of systemd: names and, of instances, a pattern */
	char *arguments[SERVICE_CALL_ARGUMENTS_MAX + 1]; /* the first is its name; NULL ends them */
};

/*
 * The call that starts or stops one that service_boot_find() found. `boot` and `name` have to outlive it.
 * With systemd all units of it are stopped; those are started that start at boot or, if none does, the first.
 */
void service_call_make(const char *name, const struct service_boot *boot, bool start, struct service_call *out);
