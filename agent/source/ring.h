/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a BPF ring buffer without libbpf, by Documentation/bpf/ringbuf.rst of the kernel: pages that it shares with the
 * kernel, the reader's place in the first, the kernel's in the second, then the records, each behind a head of 8 bytes.
 */
#pragma once

#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	uint64_t *consumer;	  /* how far it has been read; the kernel looks at it */
	const uint64_t *producer; /* how far the kernel has written */
	const uint8_t *data;
	uint32_t size;	  /* of data, a power of two */
	uint64_t damaged; /* how often the ring made no sense, and was passed over whole */
	char *record;	  /* the caller's memory for one record */
	size_t record_max;
};

/*
 * Map the ring of `bytes`, a power of two, that the descriptor is of. The caller has set record and record_max. False,
 * and errno: it cannot be mapped.
 */
bool ring_map(struct ring *r, int fd, uint32_t bytes);

/* Take the next record, valid until the next call. False: there is none. Records that are too long are cut. */
bool ring_take(struct ring *r, struct str *out);
