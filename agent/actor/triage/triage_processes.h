/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table processes.jsonl: who runs, as /proc tells, with the hash of each program as it runs, also where its file
 * was removed; and, on the way, whose each socket is.
 */
#pragma once

#include "agent/actor/triage/triage.h"
#include "agent/actor/triage/triage_sockets.h"

void triage_processes(struct triage *c, struct triage_sockets *sockets);
