/* SPDX-License-Identifier: Apache-2.0 */
/* Starts, ends and weighs the process under test. Never looks inside it. */
#include "tests/bench/load/load_process.h"

#include "tests/bench/load/load_times.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_MS 10000
#define QUIET_SHARE 50 /* less than a fiftieth of the time is no processor time to speak of */

int64_t load_process_cpu_us(pid_t pid)
{
	clockid_t clock;
	struct timespec t;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		return -1;
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The number behind a line's name, or -1. */
static int64_t field(const char *path, const char *name)
{
	char line[256];
	int64_t value = -1;
	FILE *f = fopen(path, "re");

	while (f && value < 0 && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, name);

		if (at)
			value = strtoll(at + strlen(name), NULL, 10);
	}
	if (f)
		fclose(f);
	return value;
}

struct load_memory load_process_memory(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	return (struct load_memory){
		.pss_kib = field(path, "Pss:"),
		.anonymous_kib = field(path, "Pss_Anon:"),
	};
}

pid_t load_process_start(const char *const *argv, const char *log)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (pid > 0)
		return pid;
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

bool load_process_runs(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

bool load_process_stop(pid_t pid)
{
	int64_t until = load_times_clock_us() + STOP_MS * 1000;
	int status = 0;

	kill(pid, SIGTERM);
	while (load_process_runs(pid)) {
		if (load_times_clock_us() > until)
			kill(pid, SIGKILL);
		poll(NULL, 0, 10);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void load_process_settle(pid_t pid, int quiet_ms, int limit_ms)
{
	int64_t until = load_times_clock_us() + (int64_t)limit_ms * 1000;

	while (load_times_clock_us() < until) {
		int64_t before = load_process_cpu_us(pid);

		poll(NULL, 0, quiet_ms);
		if (load_process_cpu_us(pid) - before <= (int64_t)quiet_ms * 1000 / QUIET_SHARE)
			return;
	}
}
