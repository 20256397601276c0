/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that says whether a password has a hash, and has no rights, no file and no network: only a pipe each way, a
 * limit of memory, and ten seconds for a try, after which it is killed. It gets one hash at a time and forgets it.
 */
#pragma once

#include "agent/actor/audit/audit.h"

#define AUDIT_GUESS_HASH_MAX 512    /* bytes of a hash with a NUL: more than any of crypt(5) has */
#define AUDIT_GUESS_PASSWORD_MAX 64 /* the same of a password */

/* Memory that a try may take; a hash that needs more is not tried. */
#define AUDIT_GUESS_BYTES_MAX (96u << 20)

/* Start it; before this process gives up what that takes. False: it cannot be started, with errno. */
bool audit_guess_start(void);

/*
 * Ask it, at most CONFIG_AUDIT_TRIES_PER_SECOND times a second, CONFIG_AUDIT_TRIES_MAX times in all, and for a minute.
 * After that, and when it has ended: AUDIT_GUESS_LATER.
 */
enum audit_guess audit_guess_ask(const char *hash, const char *password);

/* Let it end, and wait until it has. */
void audit_guess_end(void);

/* What it does with each question, by crypt(3). */
enum audit_guess audit_guess_try(const char *hash, const char *password);

/*
 * Bytes of memory that crypt(3) takes for such a hash: yescrypt and scrypt say it in their parameters (crypt(5)), all
 * others take a few kilobytes. UINT64_MAX: its parameters cannot be read. Pure.
 */
uint64_t audit_guess_bytes(struct str hash);
