/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets from people: from a file or standard input, or typed without being shown. Never from an option. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ASK_MAX 256

/* From the file (or "-") when path is set, else from the terminal. false after saying why. */
bool ask_secret(const char *path, const char *prompt, char out[ASK_MAX]);

/* The same typed twice, when it is typed. */
bool ask_new_secret(const char *path, const char *prompt, char out[ASK_MAX]);
