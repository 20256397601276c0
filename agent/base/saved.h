/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a module needs to know of the saved state that it reads its part of (core/core_snapshot.c). Each module writes
 * and reads its own part: X_save() appends to b as long as there is room, and returns how many entries found none.
 * X_restore() bounds what it reads, because the bytes may be damaged, and stops at the first entry that makes no sense.
 */
#pragma once

#include "agent/base/now.h"

#include <stdint.h>

struct saved_as {
	uint16_t version;   /* of the state */
	int64_t elapsed_us; /* since it was saved, at least 0 */
	int64_t past_us;    /* how much older than now a line counts that was written then: core_past() */
	struct now now;
};
