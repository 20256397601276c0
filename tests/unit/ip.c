/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/ip.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 24

bool ip_run(const char *words)
{
	char text[160], *arguments[WORDS_MAX + 2] = {(char *)(uintptr_t) "ip"}, *rest = NULL;
	unsigned count = 1;
	int status = -1;
	pid_t pid;

	snprintf(text, sizeof(text), "%s", words);
	for (char *word = strtok_r(text, " ", &rest); word && count <= WORDS_MAX; word = strtok_r(NULL, " ", &rest))
		arguments[count++] = word;
	pid = fork();
	if (pid == 0) {
		execvp("ip", arguments);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}
