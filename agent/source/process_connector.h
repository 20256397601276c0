/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the messages of the kernel's proc connector (linux/cn_proc.h), which name pids and nothing else. Pure. */
#pragma once

#include "agent/common/process_sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Read one datagram as the head of a sample: EXEC (only pid), FORK (pid and ppid) or EXIT (pid and status). False: it
 * tells of something else, of a thread, or is damaged.
 */
bool process_connector_read(const void *datagram, size_t len, struct process_sample *out);
