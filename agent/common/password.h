/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes of passwords (crypt(5)): made of a password, and judged when somebody gives one instead of a password. For
 * caltropd and the command line; programs that use password_make or password_is_known are linked with libcrypt.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>

#define PASSWORD_HASH_MAX 384  /* CRYPT_OUTPUT_SIZE of libxcrypt */
#define PASSWORD_GIVEN_MAX 128 /* of a hash that is given, with a NUL */
#define PASSWORD_WHY_MAX 96    /* of a refusal, with its NUL */

/* What root at the command line wants: "ACCOUNT:HASH" in STATE_DIR/actor, which is root's. */
#define PASSWORD_FILE_ASKED "credential.asked"

/*
 * Hash a password by the strongest method that the system's crypt(3) offers (libxcrypt names it when no prefix is
 * given: yescrypt, 20 ms; a C library with crypt(3) alone gets SHA-512). ERR_CRYPTO, ERR_NO_MEMORY.
 */
ERR_CHECK enum err password_make(const char *secret, char hash[PASSWORD_HASH_MAX]);

/*
 * Whether a hash may be given: whole, of one of the methods yescrypt, gost-yescrypt, bcrypt and SHA-512, made with no
 * less work than these have when nobody says (4 MiB of yescrypt, 2^8 of bcrypt, 5,000 rounds) and no more than a log-in
 * can wait for (64 MiB, 2^15, 5,000,000 rounds), and of no weaker method than ENCRYPT_METHOD in the text of
 * login.defs(5). ERR_INVALID fills `why`, without a letter of the hash. Pure.
 */
ERR_CHECK enum err password_check(struct str hash, struct str login_defs, char why[PASSWORD_WHY_MAX]);

/* Whether the crypt(3) of this machine knows such hashes. */
bool password_is_known(const char *hash);
