/* SPDX-License-Identifier: Apache-2.0 */
/* A sample's bytes as texts: bounds checked, the applet of a multi-call program found. Pure. */
#pragma once

#include "agent/base/str.h"
#include "agent/common/process_sample.h"

#include <stdbool.h>

/* A sample and its texts, which point into the bytes it was read from. */
struct process_text {
	struct process_sample head;
	struct str name, exe, cwd, args;
};

/* Read a sample. False: it is damaged (short, of another version or kind, lengths that do not add up). */
bool process_text_read(struct str bytes, struct process_text *out);

/*
 * The applet that a multi-call program (busybox, kmod and the like) runs, "wget", by the first argument, or by the
 * second when the first is the program itself. Empty: the program is none, or the argument is no applet's name.
 */
struct str process_text_applet(struct str exe, struct str args);
