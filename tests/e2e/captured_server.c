/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A caltrop-server that an attacker has taken over: loaded into it (LD_PRELOAD), this has its main thread, which waits
 * for signals once everything is started, try what the service never does. Each outcome is a line "captured: WHAT:
 * OUTCOME" on standard error. CAPTURED_LAST names the one thing that ends the process: `exec`, `type` or `ptrace`.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

static void tell(const char *what, bool is_done)
{
	fprintf(stderr, "captured: %s: %s\n", what, is_done ? "done" : strerror(errno));
}

static void connects(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	tell("connect", fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0);
}

static void listens(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(7777)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	tell("listen", fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 1) == 0);
}

static void try_all(void)
{
	tell("read", open("/etc/passwd", O_RDONLY) >= 0);
	tell("write", open("/tmp/captured", O_WRONLY | O_CREAT, 0600) >= 0);
	connects();
	listens();
	tell("unix", socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	tell("executable", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	tell("signal", kill(getppid(), 0) == 0);

	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	tell("fork", pid > 0);
}

static void end(const char *how)
{
	char *const arguments[] = {"true", NULL};

	fprintf(stderr, "captured: last: %s\n", how);
	if (strcmp(how, "exec") == 0)
		tell(how, execv("/bin/true", arguments) == 0);
	else if (strcmp(how, "type") == 0)
		tell(how, ioctl(STDERR_FILENO, TIOCSTI, "x") == 0);
	else
		tell(how, ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
}

/* In place of the C library's. */
int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
	int (*real)(const sigset_t *, siginfo_t *, const struct timespec *);
	static bool is_tried;
	const char *how = getenv("CAPTURED_LAST");

	*(void **)&real = dlsym(RTLD_NEXT, "sigtimedwait");
	if (!is_tried) {
		is_tried = true;
		try_all();
		if (how)
			end(how);
	}
	return real(set, info, timeout);
}
