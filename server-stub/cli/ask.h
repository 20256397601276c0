/* SPDX-License-Identifier: Apache-2.0 */
/* Reads passwords and codes from a file or standard input, or from the terminal without showing them. No option holds a
 * password.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ASK_MAX 256

/* Read a password from the file at `path` ("-" is standard input), or with NULL from the terminal. False after a
 * message. */
bool ask_secret(const char *path, const char *prompt, char out[ASK_MAX]);

/* The same for a code of the second factor; without a terminal it is --code-file that is missing. */
bool ask_code(const char *path, const char *prompt, char out[ASK_MAX]);

/* The same for a new password: on the terminal it has to be typed twice. */
bool ask_new_secret(const char *path, const char *prompt, char out[ASK_MAX]);
