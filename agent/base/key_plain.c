/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of key.h that need no cryptographic library: random bytes, wiping, comparing. They have a file of their
 * own, so that a guard without an uplink links no library.
 */
#include "agent/base/key.h"

#include <string.h>
#include <sys/random.h>

static int fill_from_kernel(void *context, unsigned char *out, size_t len)
{
	(void)context;
	while (len > 0) {
		size_t part = len < 256 ? len : 256;

		if (getrandom(out, part, 0) != (ssize_t)part)
			return -1;
		out += part;
		len -= part;
	}
	return 0;
}

const struct key_random key_random_kernel = {fill_from_kernel, NULL};

void key_wipe(void *secret, size_t len)
{
	explicit_bzero(secret, len);
}

bool key_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < len; i++)
		difference |= (uint8_t)(x[i] ^ y[i]);
	return difference == 0;
}
