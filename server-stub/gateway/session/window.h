/* SPDX-License-Identifier: Apache-2.0 */
/* The batches that a device has sent and that are not committed yet, and whether it keeps to the window it was told. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WINDOW_FLIGHTS_MAX 8 /* batches that are counted one by one; later ones are counted together */

struct window {
	uint8_t count;
	struct {
		uint64_t last_seq, bytes;
	} flights[WINDOW_FLIGHTS_MAX];
};

/* A batch has come. False: more than `bytes_max` is under way, so the device does not keep to the window. */
bool window_begin(struct window *w, uint64_t last_seq, uint64_t bytes, uint64_t bytes_max);

/* Everything up to this number is committed. */
void window_end(struct window *w, uint64_t committed_seq);
