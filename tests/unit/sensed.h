/* SPDX-License-Identifier: Apache-2.0 */
/* One sensor with a state (agent/sensors/sensors.h) that is fed bytes, and what it made of them. */
#pragma once

#include "agent/sensors/sensors.h"

struct sensed {
	const struct sensors_row *row;
	void *state;
	char text[1024]; /* the event that came last, as people read it; empty: the last bytes made none */
	unsigned events, severity;
};

extern struct sensed sensed;

/* Begin anew with this sensor. Returns 0, as a set-up of cmocka does. */
int sensed_begin(const struct sensors_row *row);

/* Feed it bytes, in a block of their own, so that a read past their end is seen. Whether an event came of them. */
bool sensed_feed(struct str bytes);

/* Free the state, behind the last test. */
void sensed_end(void);
