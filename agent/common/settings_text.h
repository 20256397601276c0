/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes settings as INI text. When that is read, it gives the same settings. The core gets this text after caltropd
 * has merged files and drop-ins, and `caltropd --check-config` shows it.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/common/settings.h"

#define SETTINGS_TEXT_MAX 55552 /* bytes; no settings need more */

/* Append all settings. A buffer that is too small overflows. */
void settings_text(struct buf *b, const struct settings *s);
