/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of sockets, of any bytes: the sensor reads none outside of them, and its events and tables can be told. */
#include "agent/base/require.h"
#include "agent/event/fields.h"
#include "agent/sensors/sensors.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell(void *context, const struct event *e)
{
	static char memory[16384];
	struct buf b = buf_over(memory, sizeof(memory));

	(void)context;
	fields_encode(&b, e, FIELD_TEXT_MAX);
	require(!b.overflow);
	fields_show(&b, e);
}

/* Pieces, each behind its length of two bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void *state;
	const struct sensors_sink sink = {tell, NULL};
	struct event row;

	if (!state)
		state = malloc(socket_sensor_row.size);
	require(state != NULL);
	memset(state, 0xa5, socket_sensor_row.size);
	socket_sensor_row.init(state, NULL);
	while (size >= 2) {
		size_t len = (size_t)data[0] << 8 | data[1];
		char *own;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		own = malloc(len + 1);
		require(own != NULL);
		memcpy(own, data, len);
		socket_sensor_row.decode(state, (struct str){own, len}, (struct now){0, 0}, &sink);
		free(own);
		data += len;
		size -= len;
	}
	for (unsigned table = 0; table < SENSORS_TABLES_MAX; table++)
		for (uint32_t i = 0; socket_sensor_row.tables[table].row(state, i, &row); i++)
			tell(NULL, &row);
	return 0;
}
