/* SPDX-License-Identifier: Apache-2.0 */
/* A group's file: whatever is written, there is a mistake, or settings of which a device refuses no key. */
#include "agent/base/require.h"
#include "agent/common/settings_tune.h"
#include "server-stub/desired/desired.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct desired_mistakes mistakes;
	static struct settings own, tuned;
	static struct desired d;
	struct arena arena = {NULL, 0};
	struct ini_error error;

	if (!desired_read((struct str){(const char *)data, size}, &arena, &d, &mistakes)) {
		require(mistakes.count > 0 && mistakes.count <= DESIRED_MISTAKES_MAX && mistakes.list[0].why[0]);
		arena_free(&arena);
		return 0;
	}
	arena_free(&arena);
	require(d.settings_len <= sizeof(d.settings) && d.wave_count > 0 && d.wave_count <= DESIRED_WAVES_MAX);
	settings_default(&own);
	tuned = own;
	require(settings_tune(&tuned, &own, (struct str){d.settings, d.settings_len}, &error) != ERR_DENIED);
	return 0;
}
