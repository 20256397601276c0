/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel tells of its objects (Documentation/ABI/testing/sysfs-uevent, lib/kobject_uevent.c): "add@PATH" and
 * then KEY=VALUE, each ended by NUL. Behind them the source adds what it read of the object, under names that begin
 * with "SYS_". Pure.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>

#define UEVENT_TEXT_MAX 4096u /* bytes with what the source adds; the kernel's own are at most 2,048 and a path */

struct uevent_text {
	bool add; /* else remove */
	struct str path, subsystem;
	struct str values; /* KEY=VALUE and NUL, again and again */
};

/*
 * Take it apart. False: it is no event of that form, or neither of something that came nor of something that went, or
 * one that a program asked for (SYNTH_UUID).
 */
bool uevent_text_read(struct str bytes, struct uevent_text *out);

/* The value of the first key of that name; empty: it has none. */
struct str uevent_text_value(const struct uevent_text *e, struct str key);
