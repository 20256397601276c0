/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the bundle that was collected and waits to be sent, in the core's directory. Its effect ends when it is gone.
 */
#pragma once

#include "proto/object.h"

#include <stdbool.h>
#include <stdint.h>

struct actor;
struct effect_more;

/* The directory in which it waits. */
int collected_dir(const struct actor *a);

/* The identifier in the undo record of an effect. False: it has none. */
bool collected_id(const struct effect_more *more, uint8_t id[OBJECT_ID]);

/* End the effect when this one does not wait any more. */
void collected_watch(const struct actor *a, const uint8_t id[OBJECT_ID]);

/* Whether its action is to be continued in the next turn of the loop, which hears the core first. */
void collected_hurry(bool on);

/* End effects whose bundle does not wait any more, and watch the others. */
void collected_look(struct actor *a);
