/* SPDX-License-Identifier: Apache-2.0 */
/* Packet-filter policies in files: YAML, or what `policy build` made of it. Messages are printed here. */
#pragma once

#include "proto/filter.h"
#include "server-stub/filter/draft.h"

/*
 * Read a file of either form. OPTS_GO_ON: *out is the policy, or for YAML with mistakes these are in *mistakes, by
 * line; else the exit status after a message.
 */
int policy_file_read(const char *file, struct filter *out, struct draft_mistakes *mistakes);

/* The same, but mistakes are printed: "FILE:LINE:COLUMN: reason", by line, and the status is COMMAND_FAILED. */
int policy_file_load(const char *file, struct filter *out);

/* Print mistakes on standard error. */
void policy_file_say(const char *file, const struct draft_mistakes *mistakes);
