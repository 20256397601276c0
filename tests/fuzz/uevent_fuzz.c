/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel tells of its objects, of any bytes, for both sensors that read it. */
#include "tests/fuzz/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(const struct sensors_row *sensor, const uint8_t *data, size_t size)
{
	const struct sensors_sink sink = {samples_tell, NULL};
	void *state = calloc(1, sensor->size);
	char *own = malloc(size + 1);

	require(state != NULL && own != NULL);
	memcpy(own, data, size);
	sensor->decode(state, (struct str){own, size}, (struct now){0, 0}, &sink);
	free(own);
	free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	feed(&module_sensor_row, data, size);
	feed(&peripheral_sensor_row, data, size);
	return 0;
}
