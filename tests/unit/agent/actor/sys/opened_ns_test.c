/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is opened for the core's sources, with what the machine offers and without it. The program copies itself into a
 * directory of its own, where it is caltrop-bpf as well, and does there what the file `mode` says. Each case is a
 * process of its own, as what was loaded stays so. Skipped without root.
 */
#include "agent/actor/sys/opened.h"

#include "agent/actor/sys/child.h"
#include "agent/base/require.h"
#include "agent/common/core_fds.h"
#include "agent/common/process_sample.h"
#include "agent/common/socket_sample.h"
#include "tests/unit/faults.h"
#include "tests/unit/files.h"
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOME "CALTROP_TEST_OPENED"
#define PORT 4242
#define TEMPLATE                 \
	"/tmp/caltrop_opened.XX" \
	"XX"                     \
	"XX"

static char dir[64];
static struct settings settings;
static int fds[CORE_FD_END];

static void path_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", dir, name);
}

static void put(const char *name, const char *text)
{
	char path[128];
	int fd;

	path_of(name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	require(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* -- the program as caltrop-bpf -- */

static void pass(int count, const char *text)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} control;
	struct iovec part = {(char *)(uintptr_t)text, strlen(text)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	int all[8];

	memset(&control, 0, sizeof(control));
	for (int i = 0; i < count; i++)
		all[i] = memfd_create("map", 0);
	if (count > 0) {
		struct cmsghdr *head;

		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
		head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
		memcpy(CMSG_DATA(head), all, (size_t)count * sizeof(int));
	}
	(void)!sendmsg(STDIN_FILENO, &message, MSG_NOSIGNAL);
}

static int load(void)
{
	char self[128], path[160], mode[64] = "";
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int fd;

	self[len > 0 ? len : 0] = '\0';
	snprintf(path, sizeof(path), "%.*s/mode", (int)(strrchr(self, '/') - self), self);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	(void)!read(fd, mode, sizeof(mode) - 1);
	if (strcmp(mode, "loads") == 0)
		pass(4, "ok");
	else if (strcmp(mode, "passes one") == 0)
		pass(1, "one");
	else if (strcmp(mode, "is silent") != 0)
		pass(0, mode);
	return 0;
}

/* -- cases -- */

static int set_up(void **state)
{
	char path[128];

	(void)state;
	settings_default(&settings);
	snprintf(settings.syslog_socket, sizeof(settings.syslog_socket), "%s/syslog", dir);
	snprintf(settings.journal_dir, sizeof(settings.journal_dir), "%s/journal", dir);
	settings.audit = settings.journal = settings.process = settings.network = true;
	path_of("journal", path);
	(void)mkdir(path, 0755);
	require(chown(path, 0, 4) == 0);
	put("mode", "loads");
	for (unsigned i = 0; i < CORE_FD_END; i++)
		fds[i] = -1;
	return 0;
}

/* In a process of its own, and a network of its own. */
static void apart(void (*work)(void))
{
	int status = -1;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	pid = fork();
	if (pid == 0) {
		require(unshare(CLONE_NEWNET) == 0);
		work();
		exit(0);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_int_equal(status, 0);
}

static bool is_open(int fd)
{
	return fds[fd] >= 0 && fcntl(fds[fd], F_GETFD) >= 0;
}

/* What the list says of why there is no better source. */
static void why_of(int fd, char why[160])
{
	require(is_open(fd) && pread(fds[fd], why, 160, 0) == 160);
}

static void what_caltrop_bpf_loads(void)
{
	char why[160];

	opened_all(&settings, fds);
	require(is_open(CORE_FD_SYSLOG) && is_open(CORE_FD_JOURNAL) && is_open(CORE_FD_JOURNAL_WATCH));
	require(is_open(CORE_FD_PROCESS_RING) && is_open(CORE_FD_PROCESS_COUNTS));
	require(is_open(CORE_FD_SOCKET_RING) && is_open(CORE_FD_SOCKET_COUNTS));
	require(!is_open(CORE_FD_PROCESS_CONNECTOR) && !is_open(CORE_FD_PROCESS_AUDIT));
	why_of(CORE_FD_PROCESS_LIST, why);
	require(!why[0]);
	why_of(CORE_FD_SOCKET_LIST, why);
	require(!why[0]);
}

static void the_rings_are_taken_where_caltrop_bpf_loads_them(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_BPF))
		skip();
	apart(what_caltrop_bpf_loads);
}

static void lists_say(const char *text)
{
	char why[160];

	opened_all(&settings, fds);
	require(!is_open(CORE_FD_PROCESS_RING) && !is_open(CORE_FD_PROCESS_COUNTS));
	require(!is_open(CORE_FD_SOCKET_RING) && !is_open(CORE_FD_SOCKET_COUNTS));
	/* Nor do audit records come to a network of one's own. */
	why_of(CORE_FD_PROCESS_LIST, why);
	require(!is_open(CORE_FD_PROCESS_AUDIT));
	require(strncmp(why, text, strlen(text)) == 0 &&
		(!IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT) || strstr(why, "; ")));
	why_of(CORE_FD_SOCKET_LIST, why);
	require(strcmp(why, text) == 0);
}

static void what_it_refuses(void)
{
	put("mode", "no BTF in this kernel");
	lists_say("no BTF in this kernel");
}

static void what_it_is_silent_about(void)
{
	put("mode", "is silent");
	lists_say("caltrop-bpf did not answer");
}

static void what_it_passes_too_little_of(void)
{
	put("mode", "passes one");
	lists_say("one");
}

static void what_is_not_installed(void)
{
	char path[128];

	path_of("caltrop-bpf", path);
	require(chmod(path, 0644) == 0);
	lists_say("caltrop-bpf is not installed");
	require(chmod(path, 0755) == 0);
}

static void the_core_is_told_why_there_is_no_ring(void **state)
{
	(void)state;
	if (!IS_ENABLED(CONFIG_BPF))
		skip();
	apart(what_it_refuses);
	apart(what_it_is_silent_about);
	apart(what_it_passes_too_little_of);
	apart(what_is_not_installed);
}

static void what_the_settings_rule_out(void)
{
	settings.process_source = WATCH_POLL;
	settings.network_source = NETWORK_NONE;
	opened_all(&settings, fds);
	require(!is_open(CORE_FD_PROCESS_RING) && !is_open(CORE_FD_PROCESS_CONNECTOR));
	require(!is_open(CORE_FD_SOCKET_RING) && !is_open(CORE_FD_SOCKET_CONNTRACK));
	require(is_open(CORE_FD_PROCESS_LIST) && is_open(CORE_FD_SOCKET_LIST) && is_open(CORE_FD_SOCKET_DIAG));
}

static void what_is_not_asked_for(void)
{
	settings.syslog_socket[0] = '\0';
	settings.audit = settings.journal = settings.process = settings.network = false;
	/* Log files need the list of mounts, which may hide them. */
	opened_all(&settings, fds);
	require(is_open(CORE_FD_MOUNTS));
	close(fds[CORE_FD_MOUNTS]);
	fds[CORE_FD_MOUNTS] = -1;
	settings.file_count = 0;
	opened_all(&settings, fds);
	opened_anew(&settings, fds);
	for (int fd = 0; fd < CORE_FD_END; fd++)
		require(!is_open(fd));
	require(opened_capabilities(&settings) == 0);
}

static void only_what_the_settings_ask_for_is_opened(void **state)
{
	(void)state;
	apart(what_the_settings_rule_out);
	apart(what_is_not_asked_for);
}

static int listen_on(int family, int type)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = in6addr_loopback};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(family, type, 0), on = 1;

	four.sin_addr.s_addr = htonl(INADDR_ANY);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	require(fd >= 0 && (family == AF_INET ? bind(fd, (struct sockaddr *)&four, sizeof(four))
					      : bind(fd, (struct sockaddr *)&six, sizeof(six))) == 0);
	require(type != SOCK_STREAM || listen(fd, 1) == 0);
	return fd;
}

/* How many of the list listen on the port and are this process's. */
static unsigned own_listeners(void)
{
	struct socket_sample s;
	off_t at = sizeof(struct socket_list);
	unsigned own = 0;

	while (pread(fds[CORE_FD_SOCKET_LIST], &s, sizeof(s), at) == (ssize_t)sizeof(s)) {
		require(s.version == SOCKET_SAMPLE_VERSION && s.kind == SOCKET_SAMPLE_LISTENS);
		own += s.local_port == PORT && s.pid == (uint32_t)getpid() && s.exe_len > 0;
		at += (off_t)sizeof(s) + s.exe_len;
	}
	return own;
}

static void what_listens(void)
{
	int mine[2] = {listen_on(AF_INET, SOCK_STREAM), listen_on(AF_INET, SOCK_DGRAM)};

	opened_all(&settings, fds);
	require(own_listeners() == 2);
	close(mine[1]);
	/* The next core gets a list of its own moment. */
	opened_anew(&settings, fds);
	require(own_listeners() == 1);
	close(mine[0]);
}

static void what_listens_is_listed_with_its_owner(void **state)
{
	(void)state;
	apart(what_listens);
}

static bool lists_this_process(void)
{
	struct process_sample s;
	off_t at = sizeof(struct process_list);

	while (pread(fds[CORE_FD_PROCESS_LIST], &s, sizeof(s), at) == (ssize_t)sizeof(s)) {
		if (s.pid == (uint32_t)getpid())
			return s.kind == PROCESS_SAMPLE_RUNS && s.exe_len > 0;
		at += (off_t)sizeof(s) + s.exe_len + s.cwd_len + s.args_len;
	}
	return false;
}

static void what_runs(void)
{
	opened_all(&settings, fds);
	require(lists_this_process());
}

static void what_runs_is_listed(void **state)
{
	(void)state;
	apart(what_runs);
}

static void what_the_journal_offers(void)
{
	gid_t groups[OPENED_GROUPS_MAX];
	char path[128];

	opened_all(&settings, fds);
	require(opened_groups(fds, groups) == 1 && groups[0] == 4);
	path_of("journal", path);
	require(chown(path, 0, 0) == 0 && opened_groups(fds, groups) == 0);
	snprintf(settings.journal_dir, sizeof(settings.journal_dir), "%s/mode", dir);
	opened_all(&settings, fds);
	require(fds[CORE_FD_JOURNAL] < 0 && fds[CORE_FD_JOURNAL_WATCH] < 0 && opened_groups(fds, groups) == 0);
	/* This machine's own, or none. */
	settings.journal_dir[0] = '\0';
	opened_all(&settings, fds);
	require((fds[CORE_FD_JOURNAL] >= 0) == (fds[CORE_FD_JOURNAL_WATCH] >= 0));
}

static void the_journal_is_opened_with_the_group_that_reads_it(void **state)
{
	(void)state;
	apart(what_the_journal_offers);
}

static void capabilities_are_kept_for_what_is_opened_again(void **state)
{
	uint64_t all;

	(void)state;
	all = opened_capabilities(&settings);
	assert_true(all & UINT64_C(1) << CAP_SYS_PTRACE);
	assert_true(all & UINT64_C(1) << CAP_AUDIT_READ);
	settings.audit = settings.process = settings.network = false;
	assert_int_equal(opened_capabilities(&settings), 0);
}

/* -- failing calls: what stays closed is -1, and nothing else is -- */

static int open_some(void *context)
{
	(void)context;
	settings.process = false;
	settings.network_source = NETWORK_NONE;
	opened_all(&settings, fds);
	for (int fd = 0; fd < CORE_FD_END; fd++)
		if (fds[fd] >= 0 && fcntl(fds[fd], F_GETFD) < 0 && errno == EBADF)
			return 1;
	return 0;
}

static void again(void *context)
{
	(void)context;
	(void)set_up(NULL);
}

static void no_dead_descriptor(void *context, const struct faults_run *run)
{
	(void)context;
	assert_int_equal(run->result, 0);
}

static void what_cannot_be_opened_is_closed(void **state)
{
	const struct faults f = {EIO, again, open_some, no_dead_descriptor, NULL};

	(void)state;
	settings.audit = settings.journal = true;
	if (geteuid() != 0 || !faults_possible())
		skip();
	(void)unshare(CLONE_NEWNET);
	assert_true(faults_each(&f) > 10);
}

/* -- main -- */

static void copy_self(const char *name)
{
	char path[128];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	struct stat st;

	path_of(name, path);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	require(from >= 0 && to >= 0 && fstat(from, &st) == 0);
	for (off_t at = 0; at < st.st_size;) {
		char bytes[65536];
		ssize_t got = read(from, bytes, sizeof(bytes));

		require(got > 0 && write(to, bytes, (size_t)got) == got);
		at += got;
	}
	close(from);
	close(to);
}

/* In a directory of its own, which only this program's end removes. */
static int run_there(char *arguments[])
{
	char program[128];
	int status = 1;
	pid_t pid;

	memcpy(dir, TEMPLATE, sizeof(TEMPLATE));
	require(mkdtemp(dir) && chmod(dir, 0755) == 0 && setenv(HOME, dir, 1) == 0);
	copy_self("opened_ns_test");
	copy_self("caltrop-bpf");
	path_of("opened_ns_test", program);
	pid = fork();
	if (pid == 0) {
		execv(program, arguments);
		_exit(127);
	}
	(void)waitpid(pid, &status, 0);
	files_remove(dir);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char *arguments[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_rings_are_taken_where_caltrop_bpf_loads_them, set_up),
		cmocka_unit_test_setup(the_core_is_told_why_there_is_no_ring, set_up),
		cmocka_unit_test_setup(only_what_the_settings_ask_for_is_opened, set_up),
		cmocka_unit_test_setup(what_listens_is_listed_with_its_owner, set_up),
		cmocka_unit_test_setup(what_runs_is_listed, set_up),
		cmocka_unit_test_setup(the_journal_is_opened_with_the_group_that_reads_it, set_up),
		cmocka_unit_test_setup(capabilities_are_kept_for_what_is_opened_again, set_up),
		cmocka_unit_test_setup(what_cannot_be_opened_is_closed, set_up),
	};

	if (argc > 0 && strcmp(arguments[0], "caltrop-bpf") == 0)
		return load();
	if (geteuid() != 0)
		return 0;
	if (!getenv(HOME))
		return machine_runs_us() ? run_there(arguments) : 0;
	snprintf(dir, sizeof(dir), "%s", getenv(HOME));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
