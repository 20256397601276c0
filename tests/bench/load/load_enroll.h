/* SPDX-License-Identifier: Apache-2.0 */
/* Joins devices to a fleet with one token of many uses, some at a time: `caltrop enroll` without the disk. */
#pragma once

#include <stdint.h>

#define LOAD_ENROLL_AT_ONCE 16

struct load_enrolled {
	unsigned issued;
	int64_t took_us;
	char last_error[160];
};

/* Keys and requests are made before the time starts. */
struct load_enrolled load_enroll(uint16_t port, const char *token, unsigned count);
