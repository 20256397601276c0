/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that audits: caltropd's own program, started anew (sys/exposure_open.h). It may read all files and
 * nothing else: it can write none, start no program, and has no network; and it ends within two minutes.
 */
#pragma once

#include <stdbool.h>

/* Run a round, with what sys/exposure_open.h says is open. Whole: also checks that take long. */
_Noreturn void audit_main(bool whole);
