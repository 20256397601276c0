/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that does one dangerous thing for another leaves behind, as the first that it does after fork(2). */
#pragma once

#include <stdbool.h>

/*
 * Take a name (as ps(1) shows it, 15 characters), block all signals, which are for the one that asks, give up the right
 * to gain any (PR_SET_NO_NEW_PRIVS), and close every descriptor but `fd`, which becomes standard input, and standard
 * error, for the words of a sanitizer or of the C library, which standard output becomes, too. False: do not go on.
 */
bool apart_begin(const char *name, int fd);
