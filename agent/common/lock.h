/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process at a time in a directory: an exclusive lock as flock(2) keeps it, which ends with the process. A program
 * that was killed holds its locks until the kernel has closed its files, a moment after its end can be seen from
 * outside; whoever starts its successor at once must not fail for that. So a lock is waited for.
 */
#pragma once

#include "agent/base/err.h"

/*
 * Takes the exclusive lock of FD, waiting at most SECONDS (at least 1) for another process to let it go. It uses
 * SIGALRM, whose handler is put back: only for a start, where there is one thread and setitimer(2) runs no ITIMER_REAL.
 * ERR_BUSY: another process still has it, or a signal ended the waiting. Other errors are those of flock(2).
 */
enum err lock_take(int fd, unsigned seconds);
