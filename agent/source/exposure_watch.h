/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source of exposures: asks caltropd for a round of the audit at the start, every [exposure] interval, and soon
 * after accounts or settings of sshd changed, and moves what the round tells.
 */
#pragma once

#include "agent/source/source.h"

extern const struct source_row exposure_watch_row;
