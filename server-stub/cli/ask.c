/* SPDX-License-Identifier: Apache-2.0 */
/* Reads from the terminal without echo, and restores its settings, also when the user interrupts. */
#include "server-stub/cli/ask.h"

#include "agent/base/key.h"
#include "server-stub/cli/context.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;

static void on_signal(int number)
{
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
	(void)!write(STDERR_FILENO, "\n", 1);
	signal(number, SIG_DFL);
	raise(number);
}

static bool typed(const char *prompt, char out[ASK_MAX])
{
	struct termios silent;
	void (*old)(int);

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before)) {
		fprintf(stderr,
			"caltrop: there is no terminal to ask for the password; name a file with --password-file, or - "
			"for standard input\n");
		return false;
	}
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	old = signal(SIGINT, on_signal);
	fprintf(stderr, "%s: ", prompt);
	tcsetattr(STDIN_FILENO, TCSANOW, &silent);
	bool good = fgets(out, ASK_MAX, stdin) != NULL;

	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	signal(SIGINT, old);
	fputc('\n', stderr);
	if (good)
		out[strcspn(out, "\n")] = 0;
	return good;
}

bool ask_secret(const char *path, const char *prompt, char out[ASK_MAX])
{
	bool good = path ? context_read_file(path, out, ASK_MAX) : typed(prompt, out);

	if (good && out[0])
		return true;
	if (good)
		fprintf(stderr, "caltrop: %s: nothing was typed\n", prompt);
	return false;
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
