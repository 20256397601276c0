/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the system calls a file. Where the root filesystem is read-only, /etc or a file in it is often a link to, or a
 * mount of, a directory of the data partition: rails that go by names have to know that one.
 */
#pragma once

#include "agent/actor/sys/quarantine.h"

#include "proto/verb.h"

#include <stdbool.h>

/*
 * Whether the job's file, which quarantine_look() found, is a system's one by another name, which then is in `name`: it
 * is in a directory that /etc, /usr or the like lead to, or one of /etc's files of accounts does. Of a name that is too
 * long that is the beginning.
 */
bool quarantine_names_find(const struct quarantine_job *job, char name[VERB_PATH_MAX]);
