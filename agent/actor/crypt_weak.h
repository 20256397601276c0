/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt(3) with libxcrypt's salt maker where the C library's crypt has one: a weak symbol, NULL elsewhere (musl, older
 * glibc), so that one source serves both.
 */
#pragma once

#include <crypt.h>

extern char *crypt_gensalt_rn(const char *prefix, unsigned long count, const char *random, int random_len, char *output,
			      int output_size) __attribute__((weak));
