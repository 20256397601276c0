/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a collection may take: those that the settings list ([collect] files), and of these none with a secret.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/common/settings.h"

#include <stdbool.h>

#define RAILS_COLLECT_WHY_MAX 96

/* Whether a file may be taken, by its path. ERR_PROTECTED: no, and `why` says so. */
ERR_CHECK enum err rails_collect(const struct settings *s, const char *path, char why[RAILS_COLLECT_WHY_MAX]);

/* Whether a file's bytes hold a private key or the hash of a password (crypt(5)), whatever it is called. */
bool rails_collect_secret(struct str bytes);
