/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what the guard keeps, for commands that put something there. */
#pragma once

#include "agent/common/settings.h"

/*
 * Open a directory of the guard's state ("actor", "core"), which is in the state_dir or, of a guard that is volatile
 * or that runs and found the state_dir read-only, in the run_dir. Returns enum command_exit; when it is not COMMAND_OK,
 * the reason was printed.
 */
int state_dir_open(const struct settings *s, const char *name, int *dir);
