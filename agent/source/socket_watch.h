/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source of listeners: asks the kernel now and then what listens, hears from it what is gone, and feeds the socket
 * sensor.
 */
#pragma once

#include "agent/source/source.h"

extern const struct source_row socket_watch_row;
