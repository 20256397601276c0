/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/zero.h"

#include <stdint.h>
#include <string.h>

void zero_fill(void *memory, size_t size)
{
	static const uint8_t zeros[256];
	uint8_t *at = memory;

	while (size) {
		size_t piece = size < sizeof(zeros) ? size : sizeof(zeros);

		if (memcmp(at, zeros, piece) != 0)
			memset(at, 0, piece);
		at += piece;
		size -= piece;
	}
}
