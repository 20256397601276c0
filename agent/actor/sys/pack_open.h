/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the pack of rules that the core begins with. */
#pragma once

#include "agent/common/settings.h"

#define PACK_OPEN_NAME "caltrop-rules.pack" /* it lies beside the programs, or in share/caltrop */

/* The file of [rules] pack, or else the installed one. -1: errno says why; 0 there: no pack is installed. */
int pack_open(const struct settings *settings);
