/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what is under way. Late batches are counted together and so released together. */
#include "server-stub/gateway/session/window.h"

#include <string.h>

bool window_begin(struct window *w, uint64_t last_seq, uint64_t bytes, uint64_t bytes_max)
{
	uint64_t all = bytes;

	for (unsigned i = 0; i < w->count; i++)
		all += w->flights[i].bytes;
	if (all > bytes_max)
		return false;
	if (w->count < WINDOW_FLIGHTS_MAX)
		w->flights[w->count++].bytes = bytes;
	else
		w->flights[WINDOW_FLIGHTS_MAX - 1].bytes += bytes;
	w->flights[w->count - 1].last_seq = last_seq;
	return true;
}

void window_end(struct window *w, uint64_t committed_seq)
{
	unsigned landed = 0;

	while (landed < w->count && w->flights[landed].last_seq <= committed_seq)
		landed++;
	w->count = (uint8_t)(w->count - landed);
	memmove(w->flights, w->flights + landed, w->count * sizeof(w->flights[0]));
}
