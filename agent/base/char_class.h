/* SPDX-License-Identifier: Apache-2.0 */
/* The named classes of bytes in sets of regular expressions, "[:digit:]" (POSIX XBD 9.3.5), in ASCII. */
#pragma once

#include "agent/base/str.h"

/*
 * Take the name of a class from the front of a text. Returns its ranges, pairs of a first and a last byte, "09AFaf";
 * NULL: no class that is known comes next, and the text is as it was.
 */
const char *char_class_take(struct str *rest);
