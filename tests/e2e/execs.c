/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Begins a number of programs, at a rate: execs NUMBER RATE [WORD]. Each is `ends` (ends.c), which stands beside this
 * program, with the arguments "end", its number and WORD, and ends at once. Several workers begin them, since a rate of
 * thousands is more than one can. Prints how many were begun, how many milliseconds it took, and how many execs the
 * kernel counted in the workers by a counter of its own (perf_event_open(2)); "-": it has none for us.
 */
#include <linux/perf_event.h>

#include <libgen.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 4

static struct {
	char path[4096];
	const char *word; /* NULL: none */
	long number, rate;
	long long start;
	long *begun; /* of all workers, who share it */
} storm;

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* The kernel's tracepoint of execs, counted in this process and all that come of it. -1: it cannot be. */
static int count_execs(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .inherit = 1};
	FILE *id = fopen("/sys/kernel/tracing/events/sched/sched_process_exec/id", "re");
	unsigned long long number;

	if (!id)
		return -1;
	if (fscanf(id, "%llu", &number) != 1)
		number = 0;
	fclose(id);
	attr.config = number;
	return number ? (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) : -1;
}

/* Children of this process are not waited for: SIGCHLD is ignored. */
static void begin(long i)
{
	char text[24];
	char *arguments[] = {storm.path, "end", text, (char *)(uintptr_t)storm.word, NULL};
	pid_t pid;

	snprintf(text, sizeof(text), "%ld", i);
	pid = vfork();
	if (pid == 0) {
		execve(storm.path, arguments, environ);
		_exit(127);
	}
	if (pid > 0)
		__atomic_add_fetch(storm.begun, 1, __ATOMIC_RELAXED);
}

static void work(long worker)
{
	for (long i = worker; i < storm.number; i += WORKERS) {
		long long early = storm.start + i * 1000000LL / storm.rate - now_us();

		if (early > 200)
			usleep((useconds_t)early);
		begin(i);
	}
	while (wait(NULL) > 0) /* fails when all are gone */
		;
}

int main(int argc, char **argv)
{
	uint64_t counted;
	int counter;

	storm.number = argc > 2 ? atol(argv[1]) : 0;
	storm.rate = argc > 2 ? atol(argv[2]) : 0;
	storm.word = argc > 3 ? argv[3] : NULL;
	if (storm.number <= 0 || storm.rate <= 0)
		return 2;
	snprintf(storm.path, sizeof(storm.path), "%s/ends", dirname(argv[0]));
	if (access(storm.path, X_OK) != 0) {
		perror(storm.path);
		return 1;
	}
	storm.begun = mmap(NULL, sizeof(*storm.begun), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	counter = count_execs();
	storm.start = now_us();
	for (long worker = 0; worker < WORKERS; worker++)
		if (fork() == 0) {
			signal(SIGCHLD, SIG_IGN);
			work(worker);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	printf("%ld %lld ", *storm.begun, (now_us() - storm.start) / 1000);
	if (counter >= 0 && read(counter, &counted, sizeof(counted)) == sizeof(counted))
		printf("%llu\n", (unsigned long long)counted);
	else
		puts("-");
	return 0;
}
