/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the processes that a quarantine spares run from a file: proc_pid_maps(5). */
#pragma once

#include "agent/actor/sys/quarantine.h"

#include <stdbool.h>
#include <sys/stat.h>

#define QUARANTINE_USERS_LOOKED 4096 /* processes; of more none is spared for being a log-in service */

/*
 * Whether one of the job's processes has the file mapped, as its program or as a library; or one of root's that has the
 * name of a service or program through which people log in (sshd, dropbear, login, getty and the like).
 */
bool quarantine_users_have(const struct quarantine_job *job, const struct stat *st);
