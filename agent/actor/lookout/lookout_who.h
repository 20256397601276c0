/* SPDX-License-Identifier: Apache-2.0 */
/* Who did it: a process as it is a moment after what it did, if it still lives. */
#pragma once

#include "agent/common/lookout_sample.h"

#include <stdbool.h>
#include <stdint.h>

#define LOOKOUT_WHO_PATH 256u
#define LOOKOUT_WHO_PARENTS 2u

struct lookout_who {
	uint32_t pid; /* 0: not known */
	uint32_t uid;
	bool ids;			       /* uid is known */
	uint32_t parents[LOOKOUT_WHO_PARENTS]; /* the nearest first; 0: not known, or process 1 */
	uint16_t exe_len;
	char name[LOOKOUT_NAME]; /* ended by NUL if it is shorter */
	char exe[LOOKOUT_WHO_PATH];
};

/* Read /proc of the process. Of one that is gone the number is all there is. */
void lookout_who_read(struct lookout_who *who, uint32_t pid);
