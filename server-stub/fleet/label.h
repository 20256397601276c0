/* SPDX-License-Identifier: Apache-2.0 */
/* The words that people give devices: names of devices and groups, and labels. Pure. */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>

/*
 * Whether a name is plain, as what stands in paths, files and command lines has to be: of letters, digits and -_. only,
 * and begins with neither - nor ., and the empty one is.
 */
bool label_is_plain(struct str name);

/*
 * Append a label to those that are there already, with blanks between, each once. ERR_INVALID: it is empty, not of
 * letters, digits and -_.:=/ only, or of STORE_NAME_MAX bytes or more. ERR_TOO_LONG: the buffer is full.
 */
ERR_CHECK enum err label_add(struct buf *labels, struct str label);
