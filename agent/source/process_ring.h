/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a BPF ring buffer without libbpf, by Documentation/bpf/ringbuf.rst of the kernel: pages that it shares with the
 * kernel, the reader's place in the first, the kernel's in the second, then the records, each behind a head of 8 bytes.
 */
#pragma once

#include "agent/base/str.h"
#include "agent/common/process_sample.h"

#include <stdbool.h>
#include <stdint.h>

struct process_ring {
	uint64_t *consumer;	  /* how far it has been read; the kernel looks at it */
	const uint64_t *producer; /* how far the kernel has written */
	const uint8_t *data;
	uint32_t size;	  /* of data, a power of two */
	uint64_t damaged; /* how often the ring made no sense, and was passed over whole */
	uint64_t record[(PROCESS_SAMPLE_MAX + 7) / 8];
};

/* Map the ring of PROCESS_RING_BYTES that the descriptor is of. False, and errno: it cannot be mapped. */
bool process_ring_map(struct process_ring *r, int fd);

/* Take the next record, valid until the next call. False: there is none. Records that are too long are cut. */
bool process_ring_take(struct process_ring *r, struct str *out);
