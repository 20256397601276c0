/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clocks. Only the shells, the actor, the store and the command lines include this header; pure code gets the time
 * as a parameter (agent/base/now.h). A reading goes through the vDSO where the kernel has one and costs tens of
 * nanoseconds.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/now.h"

/*
 * CLOCK_BOOTTIME in microseconds (milliseconds): the time since the machine was started. It never jumps and goes on
 * while the machine sleeps, so every deadline and every measured duration uses it.
 */
int64_t clock_mono_us(void);
int64_t clock_mono_ms(void);

/* CLOCK_MONOTONIC in microseconds, which stands still while the machine sleeps. Only for who asks for this very clock.
 */
int64_t clock_awake_us(void);

/*
 * CLOCK_REALTIME in microseconds (milliseconds, seconds) since 1970. It is data only: it may jump, and it may be years
 * off.
 */
int64_t clock_wall_us(void);
int64_t clock_wall_ms(void);
int64_t clock_wall_s(void);

/*
 * The minute of the day, 0 to 1439, in the device's time zone: that of TZ, else of /etc/localtime, which may change.
 * -1: the clock was never set (NOW_EARLIEST_S).
 */
int clock_local_minute(void);

/* Append a time of CLOCK_REALTIME in UTC, as RFC 3339 has it: "2026-01-02T03:04:05.000006Z". */
void clock_put_utc(struct buf *b, int64_t wall_us);

/* Read both clocks, for pure code that takes a struct now. */
struct now clock_now(void);
