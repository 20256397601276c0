/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caltrop-bpf: loads the kernel's half of the process sensor, attaches it, passes the descriptors over a socket and
 * ends. caltropd starts it before it confines itself, so that neither of the guard's lasting processes has libbpf. What
 * it made stays as long as somebody holds the descriptors.
 */
#include "agent/bpf/process_object.h"
#include "agent/common/process_sample.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct made {
	const char *why; /* NULL: all is well */
	int fds[PROCESS_LOADER_FDS];
	unsigned count;
};

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* What the kernel lacks, as far as it says. */
static const char *reason(int err)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
		return "the kernel has no BTF (DEBUG_INFO_BTF)";
	switch (err) {
	case EPERM: return "the kernel allows no BPF programs here (no privilege, or lockdown)";
	case EINVAL:
	case ENOENT:
	case ESRCH: return "the kernel is too old (BPF ring buffers need Linux 5.8)";
	case ENOSYS: return "the kernel has no BPF";
	default: return strerror(err);
	}
}

/* Only processes that the guard sees itself are told of, by the pids that it knows them by. */
static int set_namespace(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	struct stat st;
	uint32_t number;

	if (!map || stat("/proc/self/ns/pid", &st) != 0)
		return -1;
	number = (uint32_t)st.st_ino;
	return bpf_map__set_initial_value(map, &number, sizeof(number));
}

static void load(struct made *m)
{
	struct bpf_object *object;
	struct bpf_program *program;

	libbpf_set_print(quiet);
	object = bpf_object__open_mem(process_bpf_o, process_bpf_o_len, NULL);
	if (!object || set_namespace(object) != 0 || bpf_object__load(object) != 0) {
		m->why = reason(errno);
		return;
	}
	m->fds[m->count++] = bpf_object__find_map_fd_by_name(object, "process_ring");
	m->fds[m->count++] = bpf_object__find_map_fd_by_name(object, "process_counts");
	bpf_object__for_each_program(program, object)
	{
		struct bpf_link *link = bpf_program__attach(program);

		if (!link || m->count == PROCESS_LOADER_FDS) {
			m->why = reason(errno);
			return;
		}
		m->fds[m->count++] = bpf_link__fd(link);
	}
}

static int pass(int socket, const struct made *m)
{
	char control[CMSG_SPACE(sizeof(m->fds))];
	const char *text = m->why ? m->why : "ok";
	struct iovec part = {(void *)(uintptr_t)text, strlen(text)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *head;

	memset(control, 0, sizeof(control));
	if (!m->why) {
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(m->count * sizeof(m->fds[0]));
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(m->count * sizeof(m->fds[0]));
		memcpy(CMSG_DATA(head), m->fds, m->count * sizeof(m->fds[0]));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct made m = {0};

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("caltrop-bpf " CALTROP_VERSION);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--check") == 0) {
		load(&m);
		puts(m.why ? m.why : "ok");
		return m.why ? 1 : 0;
	}
	if (argc != 1) {
		fputs("Usage: caltrop-bpf [--check | --version]\ncaltropd(8) starts it; --check says whether this "
		      "kernel can "
		      "watch processes by BPF\n",
		      stderr);
		return 2;
	}
	load(&m);
	return pass(STDIN_FILENO, &m);
}
