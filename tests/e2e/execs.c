/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Begins a number of programs, at a rate: execs NUMBER RATE [WORD]. Each is this program with the arguments "end",
 * its number and WORD, and ends at once. Prints how many were begun, and how many milliseconds it took.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long number = argc > 2 ? atol(argv[1]) : 0, rate = argc > 2 ? atol(argv[2]) : 1, begun = 0;
	long long start = now_us();
	char text[24];

	if (argc > 1 && strcmp(argv[1], "end") == 0)
		_exit(0);
	if (argc < 3 || rate <= 0)
		return 2;
	for (long i = 0; i < number; i++) {
		char *arguments[] = {argv[0], "end", text, argc > 3 ? argv[3] : NULL, NULL};
		long long due = start + i * 1000000LL / rate, early = due - now_us();
		pid_t pid;

		snprintf(text, sizeof(text), "%ld", i);
		if (early > 200)
			usleep((useconds_t)early);
		begun += posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) == 0;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	while (wait(NULL) > 0)
		;
	printf("%ld %lld\n", begun, (now_us() - start) / 1000);
	return 0;
}
