/* SPDX-License-Identifier: Apache-2.0 */
/* Reads passwords for commands of the fleet. What is typed is agent/cli/typed.c's. */
#include "server-stub/cli/ask.h"

#include "agent/base/key.h"
#include "agent/cli/typed.h"
#include "server-stub/cli/context.h"

#include <stdio.h>
#include <string.h>

static bool ask(const char *path, const char *prompt, const char *instead, char out[ASK_MAX])
{
	bool good = path ? context_read_file(path, out, ASK_MAX) : typed_secret(prompt, instead, out, ASK_MAX);

	if (good && out[0])
		return true;
	if (good)
		fprintf(stderr, "caltrop: %s: nothing was typed\n", prompt);
	return false;
}

bool ask_secret(const char *path, const char *prompt, char out[ASK_MAX])
{
	return ask(path, prompt, "name a file with --password-file, or - for standard input", out);
}

bool ask_code(const char *path, const char *prompt, char out[ASK_MAX])
{
	return ask(path, prompt, "name a file with the code with --code-file, or - for standard input", out);
}

bool ask_new_secret(const char *path, const char *prompt, char out[ASK_MAX])
{
	char again[ASK_MAX];
	bool same;

	if (!ask_secret(path, prompt, out))
		return false;
	if (path)
		return true;
	same = ask_secret(NULL, "Once more", again) && strcmp(out, again) == 0;
	key_wipe(again, sizeof(again));
	if (!same)
		fprintf(stderr, "caltrop: the two passwords are not the same\n");
	return same;
}
