/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BPF ring of any bytes, and messages of the proc connector: nothing is read outside of the ring, and the reader gets
 * to its end or stops at a record that is not written whole. The first bytes say where reader and writer stand.
 */
#include "agent/base/require.h"
#include "agent/source/process_connector.h"
#include "agent/source/ring.h"

#include <stdlib.h>
#include <string.h>

#define RING_BYTES 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char room[PROCESS_SAMPLE_MAX];
	static struct ring r;
	struct process_sample sample;
	uint64_t places[2] = {0, 0};
	uint8_t *memory = calloc(1, RING_BYTES);
	struct str record;
	unsigned taken = 0;

	require(memory != NULL);
	(void)process_connector_read(data, size, &sample);
	if (size >= 8) {
		memcpy(&places[0], data, 4);
		memcpy(&places[1], data + 4, 4);
		memcpy(memory, data + 8, size - 8 < RING_BYTES ? size - 8 : RING_BYTES);
	}
	r = (struct ring){.consumer = &places[0], .producer = &places[1], .data = memory, .size = RING_BYTES};
	r.record = room;
	r.record_max = sizeof(room);
	while (ring_take(&r, &record)) {
		require(record.len <= sizeof(room));
		require(++taken <= RING_BYTES / 8);
	}
	free(memory);
	return 0;
}
