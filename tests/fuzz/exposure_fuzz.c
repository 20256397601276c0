/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of the audit, of any bytes. */
#include "tests/fuzz/samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	samples_feed(&exposure_sensor_row, data, size);
	return 0;
}
