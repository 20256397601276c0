/* SPDX-License-Identifier: Apache-2.0 */
/* The half of `kill` that is about all processes which run a file (sys/runner.h). Only for kill.c. */
#pragma once

#include "agent/actor/verb/action.h"

/*
 * May all of them be killed? More than RUNNERS_MAX need a control group that holds them (ERR_FULL). One that is spared
 * (process 1, the guard, what it runs below, what people log in through) spares all: no part of what was asked for is
 * done. A rule's file is held to rails_file() besides.
 */
ERR_CHECK enum err kill_program_rails(struct actor *a, struct action *action);

/* Stop all of them, until no look finds another, and kill them. Errors: those that were stopped go on. */
ERR_CHECK enum err kill_program_apply(struct actor *a, struct action *action);

/* Whether nobody runs it any more. */
bool kill_program_gone(const struct action *action);

/* Ends what a guard before this one was about to kill. */
extern const struct means kill_program_means;
