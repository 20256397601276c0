/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a secret from the terminal without showing it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Ask for a line at the terminal that standard input is, into out[size], which ends with a NUL. False: nothing came, or
 * there is no terminal, and then `without` was printed, which says what to do instead.
 */
bool typed_secret(const char *prompt, const char *without, char *out, size_t size);
