/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source of listeners and connections: asks the kernel now and then what listens, hears from it what is gone; reads
 * connections from the ring of the kernel's program and from connection tracking, as far as they are there; and feeds
 * the socket sensor. Health says what is not seen.
 */
#pragma once

#include "agent/source/source.h"

extern const struct source_row socket_watch_row;
