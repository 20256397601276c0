/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a process is by its control group, where the service manager gives each service one (cgroups(7)). Pure. */
#pragma once

#include "agent/actor/sys/service.h"
#include "agent/base/str.h"

/*
 * Whether the lines of /proc/PID/cgroup put a process into the service NAME. Of systemd: into NAME.service or, if there
 * is a NAME.socket, NAME@INSTANCE.service, wherever its slice is, but no service of a user's or a container's own
 * manager. Of OpenRC: into openrc.NAME or rc/NAME, or NAME of its own hierarchy; of procd: into services/NAME.
 */
bool service_group_has(struct str lines, const char *name, const struct service_boot *boot);
