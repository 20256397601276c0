/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt(3) with libxcrypt's salt maker, or with one that makes nothing where the C library's crypt has none (musl,
 * uClibc, older glibc), so that one source serves both.
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
