/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of accounts, of any bytes. */
#include "tests/fuzz/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(const uint8_t *data, size_t size)
{
	const struct sensors_sink sink = {samples_tell, NULL};
	void *state = calloc(1, account_sensor_row.size);
	char *own = malloc(size + 1);

	require(state != NULL && own != NULL);
	memcpy(own, data, size);
	account_sensor_row.decode(state, (struct str){own, size}, (struct now){0, 0}, &sink);
	free(own);
	free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	feed(data, size);
	return 0;
}
