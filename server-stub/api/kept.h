/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the devices of a group keep: of each kind and name the newest object that was made for them, and what became of
 * it. Beside what the group is to have (server-stub/desired), that is drift.
 */
#pragma once

#include "server-stub/api/call.h"

#define KEPT_OBJECTS_MAX 256 /* the newest that operators made for devices; what is older is not looked at */

void kept_list(struct call *call); /* GET ?group= limit= after=; a group that nobody is in has no items */
