/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caltrop-bpf: loads the kernel's half of a sensor, attaches it, passes the descriptors over a socket and ends.
 * caltropd starts it before it confines itself, so that neither of the guard's lasting processes has libbpf. What it
 * made stays as long as somebody holds the descriptors.
 */
#include "agent/base/output.h"
#include "agent/bpf/objects.h"
#include "agent/common/loader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A program for the kernel. Its maps are called NAME_ring and NAME_counts. */
struct program {
	const char *name;
	const char *bytes;
	const unsigned *len;
};

/* clang-format off */
static const struct program programs[] = {
	IF_ENABLED(CONFIG_SENSOR_PROCESS_BPF, ({"process", process_bpf_o, &process_bpf_o_len},))
	IF_ENABLED(CONFIG_SENSOR_SOCKET_BPF, ({"socket", socket_bpf_o, &socket_bpf_o_len},))
};
/* clang-format on */

struct made {
	const char *why; /* NULL: all is well */
	int fds[LOADER_FDS_MAX];
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
	case ESRCH: return "the kernel does not take the program (BPF ring buffers need Linux 5.8)";
	case ENOSYS: return "the kernel has no BPF";
	default: return strerror(err);
	}
}

static uint32_t number_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint32_t)st.st_ino : 0;
}

/* Only what the guard sees itself is told of, processes by the pids that it knows them by. */
static int set_namespaces(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	struct namespaces own = {number_of("/proc/self/ns/pid"), number_of("/proc/self/ns/net")};

	return map && own.pid && own.net ? bpf_map__set_initial_value(map, &own, sizeof(own)) : -1;
}

static int find_map(struct bpf_object *object, const char *name, const char *kind)
{
	char text[32];

	snprintf(text, sizeof(text), "%s_%s", name, kind);
	return bpf_object__find_map_fd_by_name(object, text);
}

/* The object in the kernel, with the functions that a kernel may have no use for (libbpf's '?') or without. NULL:
 * errno. */
static struct bpf_object *load_object(const struct program *p, bool all)
{
	struct bpf_object *object = bpf_object__open_mem(p->bytes, *p->len, NULL);
	struct bpf_program *program;
	int err;

	if (!object)
		return NULL;
	bpf_object__for_each_program(program, object)
	{
		if (all)
			(void)bpf_program__set_autoload(program, true);
	}
	if (set_namespaces(object) == 0 && bpf_object__load(object) == 0)
		return object;
	err = errno;
	bpf_object__close(object);
	errno = err;
	return NULL;
}

static void load(const struct program *p, struct made *m)
{
	struct bpf_object *object;
	struct bpf_program *program;

	libbpf_set_print(quiet);
	object = load_object(p, true);
	if (!object)
		object = load_object(p, false);
	if (!object) {
		m->why = reason(errno);
		return;
	}
	m->fds[m->count++] = find_map(object, p->name, "ring");
	m->fds[m->count++] = find_map(object, p->name, "counts");
	bpf_object__for_each_program(program, object)
	{
		struct bpf_link *link;

		if (!bpf_program__autoload(program))
			continue;
		link = bpf_program__attach(program);
		if (!link || m->count == LOADER_FDS_MAX) {
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

static int usage(void)
{
	fputs("Usage: caltrop-bpf process|socket|--check|--version\ncaltropd(8) starts it; --check says whether this "
	      "kernel can be watched by BPF\n",
	      stderr);
	return 2;
}

static int check(void)
{
	int status = 0;

	for (unsigned i = 0; i < COUNT(programs); i++) {
		struct made m = {0};

		load(&programs[i], &m);
		printf("%s: %s\n", programs[i].name, m.why ? m.why : "ok");
		status |= m.why != NULL;
	}
	return status;
}

static int run(int argc, char **argv)
{
	struct made m = {.why = "this build has no such program"};

	if (argc != 2)
		return usage();
	if (strcmp(argv[1], "--version") == 0) {
		puts("caltrop-bpf " CALTROP_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "--check") == 0)
		return check();
	if (argv[1][0] == '-')
		return usage();
	for (unsigned i = 0; i < COUNT(programs); i++)
		if (strcmp(argv[1], programs[i].name) == 0) {
			m.why = NULL;
			load(&programs[i], &m);
		}
	return pass(STDIN_FILENO, &m);
}

int main(int argc, char **argv)
{
	return output_end(&(struct output_end){"caltrop-bpf", run(argc, argv), 1});
}
