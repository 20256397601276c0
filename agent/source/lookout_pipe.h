/* SPDX-License-Identifier: Apache-2.0 */
/* The source of what caltropd's lookout tells (common/lookout_sample.h), for the sensors whose samples they are. */
#pragma once

#include "agent/source/source.h"

extern const struct source_row lookout_pipe_row;
