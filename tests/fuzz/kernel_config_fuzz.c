/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a kernel, and its release, against any bytes: what is found stands there. */
#include "agent/actor/kernel/kernel_config.h"

#include "agent/base/require.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str text = {(const char *)data, size};
	const struct str symbols[] = {STR("NF_TABLES"), STR("AUDIT"), STR("X")};

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
		enum kernel_answer answer = kernel_config_find(text, symbols[i]);

		require(answer == KERNEL_UNNAMED || str_find(text, symbols[i]) != SIZE_MAX);
		require(answer != KERNEL_OFF || str_find(text, STR("CONFIG_")) != SIZE_MAX);
	}
	/* A release that is as new as one version is as new as those before it. */
	require(!kernel_config_since(text, STR("5.13")) || kernel_config_since(text, STR("5.9")));
	return 0;
}
