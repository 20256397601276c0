/* SPDX-License-Identifier: Apache-2.0 */
/* The actor's clocks; the one place that reads them. */
#pragma once

#include "agent/base/now.h"

#include <stdint.h>

/* CLOCK_BOOTTIME and CLOCK_REALTIME in microseconds. */
int64_t ticks_mono_us(void);
int64_t ticks_wall_us(void);
struct now ticks_now(void);
