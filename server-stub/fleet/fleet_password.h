/* SPDX-License-Identifier: Apache-2.0 */
/* Operators' passwords: one-time ones that the service makes up, and the hash of any. sodium_init() was called. */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>

#define FLEET_PASSWORD_MAX 32	/* a one-time password with its NUL */
#define FLEET_PASSWORD_HASH 128 /* crypto_pwhash_STRBYTES */

/* Write 20 random letters of 32, in groups of five. The caller wipes them. */
void fleet_password_make(char text[FLEET_PASSWORD_MAX]);

/* Hash a password (argon2id, some hundred milliseconds and 64 MiB). ERR_NO_MEMORY: it was not to be had. */
ERR_CHECK enum err fleet_password_hash(const char *password, char hash[FLEET_PASSWORD_HASH]);

/* Whether the hash is of this password. It takes as long as making one. */
bool fleet_password_fits(const char *password, const char *hash);
