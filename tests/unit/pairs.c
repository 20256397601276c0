/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pairs.h"

int pairs_make(struct key_der private_keys[], struct key_der public_keys[], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (key_generate(key_random_kernel, &private_keys[i]) != ERR_OK ||
		    key_public(&private_keys[i], &public_keys[i]) != ERR_OK)
			return -1;
	return 0;
}
