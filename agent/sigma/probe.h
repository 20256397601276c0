/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the tests that a pack brings along: events that its rules have to match, and events that they must not. Whether
 * a rule is for the log source of such an event is not asked.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/sigma/sigma.h"

#include <stddef.h>

/* Bytes of memory, aligned to 8, that probe_run() needs for a pack; 0 for one without correlations. */
size_t probe_memory(const struct pack *pack);

/*
 * Run test number `test` in that memory. ERR_OK: the rule does what the test says. ERR_INVALID: it does not. ERR_FULL:
 * the memory does not suffice.
 */
ERR_CHECK enum err probe_run(const struct pack *pack, uint32_t test, void *memory, size_t bytes);
