/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of a service against any bytes: whatever is taken changed nothing that is the device's own. */
#include "agent/base/require.h"
#include "agent/common/settings_tune.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings own, tuned;
	struct ini_error error = {0};

	settings_default(&own);
	require(settings_read(&own,
			      STR("[auth]\nfiles = /var/log/auth.log\n[response]\nnever_ban = 192.0.2.1 a.example\n"),
			      &error) == ERR_OK);
	tuned = own;
	if (settings_tune(&tuned, &own, (struct str){(const char *)data, size}, &error) != ERR_OK)
		return 0;
	require(memcmp(tuned.user, own.user, sizeof(own.user)) == 0);
	require(memcmp(tuned.core, own.core, sizeof(own.core)) == 0);
	require(memcmp(tuned.hooks, own.hooks, sizeof(own.hooks)) == 0);
	require(memcmp(tuned.server_host, own.server_host, sizeof(own.server_host)) == 0);
	require(tuned.trust_logs == own.trust_logs && tuned.tuning == own.tuning);
	require(tuned.never_ban_count >= 1 && tuned.never_ban_name_count >= 1);
	for (unsigned i = 0; i < RULES_MAX; i++)
		require(memcmp(tuned.rules[i].steps, own.rules[i].steps, sizeof(own.rules[i].steps)) == 0);
	return 0;
}
