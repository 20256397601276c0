/* SPDX-License-Identifier: Apache-2.0 */
/* Files in the temporary directories of tests: write one, look whether it holds what it should, remove all of them. */
#pragma once

#include <stdbool.h>

/* Write the text to a file below the directory, which is made with mode 0644. The program ends when that fails. */
void files_put(const char *dir, const char *name, const char *text);

/* Whether all of a file below the directory is that text. False, too: there is none. */
bool files_is(const char *dir, const char *name, const char *text);

/* Whether the text is somewhere in the first 64 KiB of it. False, too: there is none, or it is empty. */
bool files_has(const char *dir, const char *name, const char *text);

/* Remove the directory and all in it. 0; not 0: something is left. */
int files_remove(const char *dir);
