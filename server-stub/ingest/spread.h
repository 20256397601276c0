/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a file that came to several devices within an hour: what a worm drops, or somebody who goes from device to
 * device. Packages that are updated, and what changes while a device is maintained, are none. Pure; it counts as
 * witnesses.h does.
 */
#pragma once

#include "agent/base/str.h"
#include "server-stub/ingest/notice.h"
#include "server-stub/ingest/witnesses.h"

#include <stdbool.h>

#define SPREAD_LEAST 3
#define SPREAD_WINDOW_US (INT64_C(3600) * 1000000)

/*
 * Take note of a caltrop.v1.File that a device told of, known to be valid. True: with it, as many devices as the terms
 * say got a file of these bytes, and *out is a notice of that, of the device that told last. An empty file is none, nor
 * is one that the device had with these bytes before, nor a decoy.
 */
bool spread_saw(struct witnesses *w, struct str file, const struct witnesses_sight *sight, struct notice *out);
