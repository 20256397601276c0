/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files must stay where they are, by their paths: what would leave nobody able to log in, or the device unable to
 * start. Pure. The caller has made sure that the path is real: no link is on the way to it.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/settings.h"

#include <stdint.h>

#define RAILS_FILE_WHY_MAX 96

/* Who has an account, and how people log in to it: files by their names in /etc, and whole directories. NULL ends. */
extern const char *const rails_file_accounts[], *const rails_file_account_dirs[];

/*
 * Whether the file may be taken away. ERR_PROTECTED, and then `why` is a phrase: it is the guard's own, says who may
 * log in and how, or is a program or library that logging in and starting take. For a rule (`origin`, enum verb_origin)
 * that is all of the system's directories; an order may name others in them. Both leave an account's SSH keys alone,
 * which `reset` and `lock` set aside.
 */
ERR_CHECK enum err rails_file(const struct settings *s, const char *path, uint8_t origin, char why[RAILS_FILE_WHY_MAX]);
