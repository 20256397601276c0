/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a service and the TCP ports on which they listen, as /proc shows them. */
#pragma once

#include "agent/actor/sys/service.h"

/* Fill in processes, pid, guard, login and ports of *out, whose boot.script is known. */
void service_procs_find(const char *name, pid_t core, struct service_state *out);

/* Whether any process of this network namespace listens on the TCP port. */
bool service_procs_listen(uint16_t port);
