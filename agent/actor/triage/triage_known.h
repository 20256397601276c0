/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guard's other half knows: its sessions, incidents, effects and health, asked for at RUN_DIR/caltrop.sock as
 * `caltrop local` does. It is that half's word; what the kernel says is in the other tables.
 */
#pragma once

#include "agent/actor/triage/triage.h"

#define TRIAGE_KNOWN_MAX 7		/* questions */
#define TRIAGE_KNOWN_BYTES (128u << 10) /* of an answer; of a longer one the beginning */
#define TRIAGE_KNOWN_MEMORY (TRIAGE_KNOWN_MAX * TRIAGE_KNOWN_BYTES)

struct triage_known {
	struct str answers[TRIAGE_KNOWN_MAX]; /* as they came; empty: there was none */
};

/* Ask all questions; it takes a few seconds at most. `memory` has TRIAGE_KNOWN_MEMORY bytes. Needs socket(2). */
void triage_known_ask(struct triage_known *t, const struct settings *settings, char *memory);

/* Write the tables, in the directory "guard". */
void triage_known_write(struct triage *c, const struct triage_known *t);
