/* SPDX-License-Identifier: Apache-2.0 */
/* Files of Sigma rules, and packs, as the commands of `caltrop rule` read and write them. */
#pragma once

#include "agent/base/str.h"
#include "server-stub/cli/opts.h"
#include "server-stub/sigma/compile.h"

#include <stdbool.h>
#include <stdio.h>

#define SIGMA_FILES_MAX 20000
#define SIGMA_FILES_DEPTH_MAX 16 /* folders within each other */

/*
 * Compile the files, and all *.yml and *.yaml in the folders and those within, in the order of their names; and the
 * lists for placeholders, if `lists` is not NULL. OPTS_GO_ON: the rules are in c, which the caller frees, those that
 * are wrong noted; else the exit status after a message.
 */
int sigma_files_compile(struct compile *c, const struct opts_list *paths, const char *lists);

/* Whether a file is called *.yml or *.yaml. */
bool sigma_files_is_yaml(const char *name);

/* Say on standard error what is wrong with each rule that is refused: "FILE:LINE: reason". */
void sigma_files_say(const struct compile *c);

/* Print a text of a file, at most that many bytes of it; control bytes become '?'. */
void sigma_files_print(FILE *out, struct str text, size_t most);

/* Where to say something about a file that sigma_files_write() is given: not where its bytes go. */
FILE *sigma_files_beside(const char *file);

/* The whole of a file, which the caller frees. OPTS_GO_ON, or the exit status after a message. */
int sigma_files_read(const char *file, size_t bytes_max, struct str *out);

/* Write a file whole, or leave what was there; a device, a pipe or what a link leads to is written to, and "-" is
 * standard output. OPTS_GO_ON, or the exit status after a message. */
int sigma_files_write(const char *file, struct str bytes);
