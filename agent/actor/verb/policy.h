/* SPDX-License-Identifier: Apache-2.0 */
/* The packet-filter policy, for who receives objects (objects.h). */
#pragma once

#include "proto/object.h"

struct actor;

#define POLICY_OBJECT "filter" /* the name of the one policy that a device takes */

/* One has arrived and is in place: put it in force, on trial. A receipt says what became of it. */
void policy_arrived(struct actor *a, const struct object *object);
