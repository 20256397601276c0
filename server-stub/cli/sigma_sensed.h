/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the sensors of this build produce what a rule looks at. */
#pragma once

#include "server-stub/sigma/compile.h"

#include <stdbool.h>

#define SIGMA_SENSED_WHY_MAX 200

/*
 * Whether an event of this build's sensors can fulfil the condition of a compiled rule. Its log source says of which
 * kind events are; auditd's EXECVE records are answered from the starts of processes, and keywords are looked for in
 * log lines. False: `why` says what no sensor produces. True with a `why`: a part of the condition asks for that, and
 * the rule can match without.
 */
bool sigma_sensed(const struct compile_rule *r, char why[SIGMA_SENSED_WHY_MAX]);
