/* SPDX-License-Identifier: Apache-2.0 */
/* Files of playbooks, in YAML or compiled, as the commands of `caltrop playbook` read them. */
#pragma once

#include "proto/playbook.h"
#include "server-stub/playbook/recipe.h"

#include <jansson.h>

/*
 * Read a file, whichever form it has. OPTS_GO_ON, or the exit status after all that is wrong was said on standard
 * error as "FILE:LINE:COLUMN: reason", and appended to `mistakes`, a list of JSON, unless that is NULL.
 */
int playbook_files_read(const char *file, struct playbook *out, json_t *mistakes);

/* The whole of a file of JSON, which the caller gives to json_decref(). NULL after a message. */
json_t *playbook_files_json(const char *file);
