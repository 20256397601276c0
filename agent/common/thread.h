/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of caltropd beside its loop. */
#pragma once

#include "agent/base/err.h"

/*
 * Start a thread that runs `work` with NULL until the process ends. It has a stack of 128 KiB and takes no signals, for
 * those are the loop's. It inherits the confinement of its maker. The errors are those of pthread_create(3).
 */
ERR_CHECK enum err thread_start(void *(*work)(void *unused));
