/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of `make coverage`. gcov writes them when a program ends by itself, which a test's processes often do
 * not: they are killed, leave by _exit(), or are confined and may open no file. Here _exit() writes them first, and a
 * confined process has a twin that shares its memory, was made before the confinement, and writes for it. In every
 * other build these functions do nothing.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Before a process forks a child that is going to be confined. */
void counters_prepare(void);

/* In that child, before its confinement: make the twin, which dies with it. */
void counters_twin(void);

/* In the parent, before it kills the child: let the twin write. The child stands still from here on. */
void counters_write_of(pid_t pid);

/*
 * Whether this process, forked from the caller's child, is on its way out and writes its counters itself. Its system
 * calls are gcov's by then and must not be made to fail: a file that is half written loses what all programs before
 * have counted of that source. Only the latest such process is known.
 */
bool counters_writes(pid_t pid);

/* Whether no such process is writing just now. */
bool counters_written(void);
