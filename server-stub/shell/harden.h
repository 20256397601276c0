/* SPDX-License-Identifier: Apache-2.0 */
/* Gives up rights before the service listens. After an error the caller prints `error`, a sentence, and ends. */
#pragma once

#include "agent/base/err.h"

#define HARDEN_ERROR_MAX 256

/* Become that user for good. It does nothing when the name is empty or the process is that user. Otherwise only root
 * can. */
ERR_CHECK enum err harden_user(const char *name, char error[HARDEN_ERROR_MAX]);

/* Forbid new privileges and core dumps, which would hold keys, and raise the limit of open files to what the system
 * allows. */
ERR_CHECK enum err harden_process(char error[HARDEN_ERROR_MAX]);
