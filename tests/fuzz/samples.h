/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of any bytes for a sensor with a state: it reads none outside of them, and its events and tables can be told.
 */
#pragma once

#include "agent/base/require.h"
#include "agent/event/fields.h"
#include "agent/sensors/sensors.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void samples_tell(void *context, const struct event *e)
{
	static char memory[16384];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)context;
	fields_encode(&b, e, FIELD_TEXT_MAX);
	require(!b.overflow);
	fields_show(&b, e);
}

/* Feed the pieces of data, each behind its length of two bytes, to a sensor of that row. */
static inline void samples_feed(const struct sensors_row *sensor, const uint8_t *data, size_t size)
{
	static struct settings settings;
	static void *state;
	const struct sensors_sink sink = {samples_tell, NULL};
	struct event row;

	if (!state)
		state = malloc(sensor->size);
	require(state != NULL);
	memset(state, sensor->init ? 0xa5 : 0, sensor->size);
	settings_default(&settings);
	settings.decoys[0] = 23;
	settings.decoy_count = 1;
	if (sensor->init)
		sensor->init(state, &settings);
	while (size >= 2) {
		size_t len = (size_t)data[0] << 8 | data[1];
		char *own;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		own = malloc(len + 1);
		require(own != NULL);
		memcpy(own, data, len);
		sensor->decode(state, (struct str){own, len}, (struct now){0, 0}, &sink);
		free(own);
		data += len;
		size -= len;
	}
	for (unsigned table = 0; table < SENSORS_TABLES_MAX && sensor->tables[table].name; table++)
		for (uint32_t i = 0; sensor->tables[table].row(state, i, &row); i++)
			samples_tell(NULL, &row);
}
