/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masks what looks like a secret in a command line, before it leaves the process that saw it: the value of an option or
 * variable with a name like password, secret, token or key (--password=X, --password X, DB_PASSWORD=X, "Authorization:
 * Bearer X"), the password in a URL (https://user:X@host), and the short options of well-known programs (mysql -pX,
 * sshpass -p X, curl -u user:X). It errs on the side of masking: a harmless value may be masked, too.
 */
#pragma once

#include "agent/base/str.h"

#include <stddef.h>

/*
 * Write the text with each secret replaced by "***" into out[max], cut to max bytes, and return it. The text is a
 * command line whose arguments are separated by NUL, as in /proc/PID/cmdline, or, without any NUL, by blanks. Arguments
 * in the result are separated by blanks. `out` must not overlap the text.
 */
struct str mask_secrets(struct str text, char *out, size_t max);
