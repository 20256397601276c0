/* SPDX-License-Identifier: Apache-2.0 */
/* Starts caltrop-bpf, or subscribes to the proc connector, and lists what runs. Reads none of their events. */
#include "agent/actor/sys/process_open.h"

#include "agent/actor/sys/child.h"
#include "agent/base/netlink_socket.h"
#include "agent/base/str.h"
#include "agent/common/proc_read.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOADER_SECONDS 10
#define CONNECTOR_BYTES (4 << 20)
#define SMALLEST_FD 64 /* above what the core's descriptors are put at */

/* What the loader passed: the ring, the counts, and the links, which are never used and never closed. */
static struct {
	int fds[PROCESS_LOADER_FDS];
	bool there;
	char why[sizeof(((struct process_list *)0)->why)]; /* why there is no ring */
} made;

static int none(int number)
{
	errno = number;
	return -1;
}

static _Noreturn void run_loader(const char *path, int socket)
{
	char *const arguments[] = {(char *)(uintptr_t) "caltrop-bpf", NULL};
	char *const environment[] = {NULL};

	if (dup2(socket, STDIN_FILENO) == STDIN_FILENO)
		execve(path, arguments, environment);
	_exit(127);
}

/* The loader's word: descriptors, or why there are none. */
static void hear(int socket)
{
	char control[CMSG_SPACE(sizeof(made.fds))], text[sizeof(made.why)];
	struct iovec part = {text, sizeof(text) - 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *head;
	ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);

	head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (head && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof(made.fds))) {
		memcpy(made.fds, CMSG_DATA(head), sizeof(made.fds));
		made.there = true;
	} else {
		str_show(got > 0 ? (struct str){text, (size_t)got} : STR("caltrop-bpf did not answer"), made.why,
			 sizeof(made.why));
	}
}

static void run(const char *path)
{
	struct timeval limit = {LOADER_SECONDS, 0};
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		str_show(str_from(strerror(errno)), made.why, sizeof(made.why));
		return;
	}
	(void)setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	pid = fork();
	if (pid == 0)
		run_loader(path, pair[1]);
	close(pair[1]);
	hear(pair[0]);
	close(pair[0]);
	if (pid > 0) {
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

int process_open_ring(const struct settings *settings)
{
	char path[SETTINGS_PATH_MAX];

	if (settings->process_source != WATCH_AUTO && settings->process_source != WATCH_BPF)
		return none(0);
	if (!IS_ENABLED(CONFIG_SENSOR_PROCESS_BPF))
		str_show(STR("this build has no BPF"), made.why, sizeof(made.why));
	else if (child_beside("caltrop-bpf", path) != ERR_OK)
		str_show(STR("caltrop-bpf is not installed"), made.why, sizeof(made.why));
	else
		run(path);
	if (made.there)
		return made.fds[0];
	fprintf(stderr, "caltropd: processes by BPF: %s\n", made.why);
	return none(0);
}

int process_open_counts(const struct settings *settings)
{
	(void)settings;
	return made.there ? made.fds[1] : none(0);
}

/* The subscription of linux/cn_proc.h: a netlink message with a message of the connector in it. */
static bool subscribe(int fd)
{
	static const uint32_t op = PROC_CN_MCAST_LISTEN;
	struct cn_msg connector = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(op)};
	uint8_t m[NLMSG_SPACE(sizeof(connector) + sizeof(op))] = {0};
	struct nlmsghdr netlink = {.nlmsg_len = NLMSG_LENGTH(sizeof(connector) + sizeof(op)), .nlmsg_type = NLMSG_DONE};

	memcpy(m, &netlink, sizeof(netlink));
	memcpy(m + NLMSG_HDRLEN, &connector, sizeof(connector));
	memcpy(m + NLMSG_HDRLEN + sizeof(connector), &op, sizeof(op));
	return send(fd, m, netlink.nlmsg_len, 0) == (ssize_t)netlink.nlmsg_len;
}

int process_open_connector(const struct settings *settings)
{
	struct netlink s;

	if (made.there || (settings->process_source != WATCH_AUTO && settings->process_source != WATCH_CONNECTOR))
		return none(0);
	if (netlink_open(&s, NETLINK_CONNECTOR) == ERR_OK) {
		netlink_queue(s.fd, CONNECTOR_BYTES);
		if (netlink_join(s.fd, CN_IDX_PROC) == ERR_OK && subscribe(s.fd))
			return s.fd;
		netlink_close(&s);
	}
	if (!made.why[0])
		snprintf(made.why, sizeof(made.why), "no proc connector: %s", strerror(errno));
	return -1;
}

static void list_one(int list, int proc, uint32_t pid)
{
	static union proc_sample sample;
	size_t len = proc_read(proc, pid, PROCESS_SAMPLE_RUNS, &sample);

	if (len && write(list, &sample, len) != (ssize_t)len)
		return; /* no memory: the list ends here */
}

int process_open_list(const struct settings *settings)
{
	int list = memfd_create("processes", MFD_CLOEXEC);
	DIR *proc = opendir("/proc");
	struct process_list head;
	struct dirent *entry;

	(void)settings;
	memset(&head, 0, sizeof(head));
	memcpy(head.why, made.why, sizeof(head.why));
	if (list < 0 || write(list, &head, sizeof(head)) != (ssize_t)sizeof(head) || !proc)
		return list;
	while ((entry = readdir(proc)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			list_one(list, dirfd(proc), (uint32_t)strtoul(entry->d_name, NULL, 10));
	closedir(proc);
	return list;
}
