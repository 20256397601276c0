/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt(3) with libxcrypt's salt maker and its judge of salts, or with ones that make nothing and know SHA-512 alone
 * where the C library's crypt has none (musl, uClibc, older glibc), so that one source serves both.
 */
#pragma once

#include <crypt.h>

#ifndef CRYPT_GENSALT_OUTPUT_SIZE
static inline char *crypt_gensalt_rn(const char *prefix, unsigned long count, const char *random, int random_len,
				     char *output, int output_size)
{
	(void)prefix, (void)count, (void)random, (void)random_len, (void)output, (void)output_size;
	return 0;
}
#endif

#ifndef CRYPT_SALT_OK
#define CRYPT_SALT_OK 0
#define CRYPT_SALT_TOO_CHEAP 4
static inline int crypt_checksalt(const char *setting)
{
	return setting[0] == '$' && setting[1] == '6' && setting[2] == '$' ? CRYPT_SALT_OK : 1;
}
#endif
