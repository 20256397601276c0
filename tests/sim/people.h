/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attackers and operators at the device's sshd, and what a real sshd with PAM writes about them. They know what
 * must come of it: attackers who got their tries in are banned and in the store, once; operators who mistype are
 * left alone.
 */
#pragma once

#include "tests/sim/world.h"

void people_begin(struct world *w);

/* The clock was set: what lies on both sides of it need not be seen as one. */
void people_clock_set(void);

/* At the end. */
void people_check(void);
