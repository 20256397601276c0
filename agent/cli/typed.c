/* SPDX-License-Identifier: Apache-2.0 */
/* Reads from the terminal without echo, and restores its settings, also when the user interrupts. */
#include "agent/cli/typed.h"

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

bool typed_secret(const char *prompt, const char *without, char *out, size_t size)
{
	struct termios silent;
	void (*old)(int);

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before)) {
		fprintf(stderr, "caltrop: there is no terminal to ask for the password; %s\n", without);
		return false;
	}
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	old = signal(SIGINT, on_signal);
	fprintf(stderr, "%s: ", prompt);
	tcsetattr(STDIN_FILENO, TCSANOW, &silent);
	bool good = fgets(out, (int)size, stdin) != NULL;

	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	signal(SIGINT, old);
	fputc('\n', stderr);
	if (good)
		out[strcspn(out, "\n")] = 0;
	return good;
}
