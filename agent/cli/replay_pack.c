/* SPDX-License-Identifier: Apache-2.0 */
/* Looks where caltropd looks, and reads the file. Whether it is a pack, the core says. */
#include "agent/cli/replay_pack.h"

#include "proto/pack.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSTALLED "caltrop-rules.pack" /* beside the programs, or in share/caltrop, as PACK_OPEN_NAME of caltropd */

static void find_installed(char path[SETTINGS_PATH_MAX])
{
	static const char *const places[] = {"", "/../share/caltrop"};
	char self[PATH_MAX], found[PATH_MAX + 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[len > 0 ? len : 0] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return;
	*slash = '\0';
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(found, sizeof(found), "%s%s/" INSTALLED, self, places[i]);
		if (access(found, R_OK) == 0 && str_copy(str_from(found), path, SETTINGS_PATH_MAX) == ERR_OK)
			return;
	}
	path[0] = '\0';
}

void replay_pack_find(const struct settings *settings, char path[SETTINGS_PATH_MAX])
{
	path[0] = '\0';
	if (!IS_ENABLED(CONFIG_RULES_SIGMA) || !settings->pack)
		return;
	if (settings->pack_file[0])
		snprintf(path, SETTINGS_PATH_MAX, "%s", settings->pack_file);
	else
		find_installed(path);
}

const char *replay_pack_give(struct replay_core *core, const char *path)
{
	const char *why;
	FILE *file = fopen(path, "re");
	char *bytes = malloc(PACK_BYTES_MAX + 1);
	size_t len = file && bytes ? fread(bytes, 1, PACK_BYTES_MAX + 1, file) : 0;

	if (file && bytes && !ferror(file))
		why = replay_core_pack(core, (struct str){bytes, len});
	else
		why = strerror(errno);
	if (file)
		fclose(file);
	free(bytes);
	return why;
}
