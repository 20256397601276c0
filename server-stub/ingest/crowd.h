/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a source that attacks the fleet and not one device: an address that several devices banned within an hour, each
 * by its own rules and proven to be in force. Pure. It keeps a bounded table in memory: what has been counted so far is
 * forgotten when the service starts again, and when more addresses come than it has room for, those that the fewest and
 * then the earliest devices banned go first. A device is one witness, however often it tells.
 */
#pragma once

#include "agent/base/hash.h"
#include "server-stub/ingest/notice.h"
#include "server-stub/store/views.h"

#include <stdbool.h>
#include <stddef.h>

#define CROWD_LEAST 3 /* devices that make a crowd */
#define CROWD_WINDOW_US (INT64_C(3600) * 1000000)

struct crowd;

/* Bytes of memory for crowd_init(), zero before it. */
size_t crowd_size(void);

/* Begin with nobody seen. The key is random: devices choose addresses. */
struct crowd *crowd_init(void *memory, struct hash_key key);

/*
 * Take note of a receipt. True: with it, CROWD_LEAST devices have banned one address within CROWD_WINDOW_US, and *out
 * is a notice of that, of the device whose receipt it was. It is said once for an address until all that saw it are out
 * of the window. Receipts of orders, playbooks and observe mode do not count, nor does one that was not read back, or
 * whose place in the device's chain is wrong.
 */
bool crowd_saw(struct crowd *c, const struct views_receipt *receipt, struct notice *out);
