/* SPDX-License-Identifier: Apache-2.0 */
/* Starts caltrop-bpf and takes what it passes. Never looks into it. */
#include "agent/actor/sys/loader.h"

#include "agent/actor/sys/child.h"
#include "agent/base/say.h"
#include "agent/base/str.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOADER_SECONDS 10

static _Noreturn void become(const char *path, const char *name, int socket)
{
	char *const arguments[] = {(char *)(uintptr_t) "caltrop-bpf", (char *)(uintptr_t)name, NULL};
	char *const environment[] = {NULL};

	if (dup2(socket, STDIN_FILENO) == STDIN_FILENO)
		execve(path, arguments, environment);
	_exit(127);
}

/* The loader's word: descriptors, or why there are none. */
static void hear(struct loader *l, int socket)
{
	char control[CMSG_SPACE(sizeof(l->fds))], text[sizeof(l->why)];
	struct iovec part = {text, sizeof(text) - 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *head;
	ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);

	head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (head && head->cmsg_type == SCM_RIGHTS && head->cmsg_len >= CMSG_LEN(2 * sizeof(int)) &&
	    head->cmsg_len <= CMSG_LEN(sizeof(l->fds))) {
		memcpy(l->fds, CMSG_DATA(head), head->cmsg_len - CMSG_LEN(0));
		l->there = true;
	} else {
		str_show(got > 0 ? (struct str){text, (size_t)got} : STR("caltrop-bpf did not answer"), l->why,
			 sizeof(l->why));
	}
}

static void run(struct loader *l, const char *path, const char *name)
{
	struct timeval limit = {LOADER_SECONDS, 0};
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		str_show(str_from(strerror(errno)), l->why, sizeof(l->why));
		return;
	}
	(void)setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	pid = fork();
	if (pid == 0)
		become(path, name, pair[1]);
	close(pair[1]);
	hear(l, pair[0]);
	close(pair[0]);
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

void loader_run(struct loader *l, const char *name)
{
	char path[SETTINGS_PATH_MAX];

	if (child_beside("caltrop-bpf", X_OK, path) != ERR_OK)
		str_show(STR("caltrop-bpf is not installed"), l->why, sizeof(l->why));
	else
		run(l, path, name);
	if (!l->there)
		say(SAY_WARNING, "no BPF for %s: %s", name, l->why);
}
