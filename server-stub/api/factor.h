/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls by which one sets up one's second factor, and its check. A secret is shown once, and in force when a first
 * code of it was sent; until then the one before stays in force. With it come recovery codes, each shown once and good
 * once. A wrong code counts for its operator wherever it comes from, because whoever sends one knows the password:
 * after FACTOR_FREE of them the next one waits, longer each time up to FACTOR_WAIT_MAX_S, also over a restart. Recovery
 * codes are too long to be guessed and wait for nothing. Passkeys are second factors as well (passkeys.h); whoever has
 * one has codes, or signs in anew, to change anything about factors.
 */
#pragma once

#include "agent/base/json.h"

#include <stdbool.h>

struct call;
struct person;

#define FACTOR_FREE 5
#define FACTOR_WAIT_MAX_S 900
#define FACTOR_FRESH_US (INT64_C(300) * 1000000)

void factor_begin(struct call *call); /* POST {code}: answers with a secret; the code only where a factor is in force */
void factor_confirm(struct call *call); /* POST {code}: of that secret; answers with recovery codes */

/*
 * Whether the operator `name` has no second factor, or `code` is one of its codes, which is then used up. False after
 * an answer. In a transaction of its own, so call it outside of one.
 */
bool factor_passes(struct call *call, const char *name, const char *code);

/*
 * The same for the caller about to change their factors: one who has a passkey may also have logged in within
 * FACTOR_FRESH_US, since that took a factor and a passkey has no code. So a session that somebody stole is no way to
 * another factor for long.
 */
bool factor_proven(struct call *call, const char *code);

/* Write the member "recovery_codes": new ones, whose hashes are in the row from now on. */
void factor_recovery(struct json *j, struct person *u);
