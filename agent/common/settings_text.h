/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings as INI text that reads back to the same settings: what the core is given after files and drop-ins were
 * merged, and what `caltropd --check-config` shows.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/common/settings.h"

#define SETTINGS_TEXT_MAX 16384

void settings_text(struct buf *b, const struct settings *s);
