/* SPDX-License-Identifier: Apache-2.0 */
/* The address came from a service: it is looked at before a program gets it. */
#include "server-stub/cli/browser.h"

#include "agent/base/str.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM_MAX 256
#define MARKS "-._~:/?#[]@!$&'()*+,;=%"

bool browser_is_address(const char *url)
{
	struct str rest = str_from(url);

	if (!str_take(&rest, STR("https://")) || str_empty(rest))
		return false;
	for (size_t i = 0; i < rest.len; i++) {
		char c = rest.data[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!letter && (c == '\0' || !strchr(MARKS, c)))
			return false;
	}
	return true;
}

/* False: this is no desktop, and nobody named a browser. */
static bool find_program(char out[PROGRAM_MAX])
{
	struct str names = str_from(getenv("BROWSER")), first = str_cut(&names, ':');

	if (!str_empty(first))
		return str_copy(first, out, PROGRAM_MAX) == ERR_OK;
	if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
		return false;
	return str_copy(STR("xdg-open"), out, PROGRAM_MAX) == ERR_OK;
}

/* Its output would stand between ours. */
static bool run(char *program, char *url)
{
	char *const argv[] = {program, url, NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;
	bool good = posix_spawn_file_actions_init(&actions) == 0;

	if (!good)
		return false;
	good = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0 &&
	       posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
	       posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0 &&
	       posix_spawnp(&pid, program, &actions, NULL, argv, environ) == 0;
	posix_spawn_file_actions_destroy(&actions);
	return good;
}

bool browser_open(const char *url)
{
	char program[PROGRAM_MAX], *copy;
	bool good = browser_is_address(url) && find_program(program);

	copy = good ? strdup(url) : NULL;
	good = copy && run(program, copy);
	free(copy);
	return good;
}
