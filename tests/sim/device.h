/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device: the real core, spool and uplink, and the little that the shell does around them: reads the log,
 * appends records, keeps the saved state back until they are synced, connects. Its process can die and its power
 * can go in the middle of any write.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/common/message.h"
#include "agent/common/settings.h"
#include "tests/sim/net.h"
#include "tests/sim/world.h"

#include <stdbool.h>
#include <stdint.h>

void device_begin(struct world *w, struct net *n);
void device_end(void);

/* A line in its log, if it has power; false if not. */
bool device_log(const char *line);
bool device_powered(void);

struct now device_now(void);
int64_t device_wall(void);
uint64_t device_life(void);

/* From the actor, for the core of that life; told NULL: that was all. */
void device_receipt(const struct actor_receipt *receipt, uint64_t life);
void device_told(const struct actor_effect *told, uint64_t life);

/* The actor's answer about an object, for the core of that life. There may be a new file to send. */
void device_object_answer(const struct actor_object_answer *answer, uint64_t life);
void device_look_objects(void);

/* A piece of an object was sent: no record may have waited for it that could have been sent instead. */
void device_check_overtaking(void);

/* The network. */
void device_arrived(struct str bytes);
void device_broke(void);

/* Mishaps from outside; those at a write come from the disk. */
void device_power_cut(void);
void device_crash(void);
void device_disk_trouble(bool on);

/* At the end: everything is told, or why not. */
bool device_quiet(const char **why);
/* Rows of the answer to a request of root. */
struct str device_ask(const char *request);
