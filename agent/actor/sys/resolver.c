/* SPDX-License-Identifier: Apache-2.0 */
/* Confines itself, asks, writes answers of a fixed size, and ends. */
#include "agent/actor/sys/resolver.h"

#include "agent/actor/rails/rails.h"
#include "agent/base/call_install.h"
#include "agent/base/call_policy.h"
#include "agent/base/landlock.h"
#include "ports/linux/seccomp/core.h"

#include <netdb.h>
#include <netinet/in.h>

#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define PORT 53

static bool allow(struct landlock *l, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	bool ok = fd < 0 || landlock_allow(l, fd, 0) == ERR_OK;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* The C library's settings and modules, and resolv.conf, which is often a link, may be read; nothing may be written. */
static bool close_files(void)
{
	static const char *const read[] = {"/etc", "/usr", "/lib", "/lib64", "/run"};
	char resolv[PATH_MAX];
	struct landlock l;
	enum err err = landlock_begin(&l);

	if (err != ERR_OK)
		return err == ERR_UNSUPPORTED;
	for (unsigned i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		if (!allow(&l, read[i]))
			return false;
	if (realpath("/etc/resolv.conf", resolv) && !allow(&l, resolv))
		return false;
	return landlock_allow_port(&l, PORT) == ERR_OK && landlock_enforce(&l) == ERR_OK;
}

static bool close_calls(void)
{
	/* AF_UNIX: local name services. */
	static const uint32_t families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_UNIX};
	/* The core has no limit on its own time. */
	static const uint32_t timers[] = {ITIMER_REAL};
	static const struct call_filter_test limit = {
		.call = __NR_setitimer,
		.values = timers,
		.count = 1,
		.fits = SECCOMP_RET_ALLOW,
		.other = CALL_FILTER_GO_ON,
	};
	static const struct call_policy policy = {
		.calls = seccomp_core_calls,
		.call_count = sizeof(seccomp_core_calls) / sizeof(seccomp_core_calls[0]),
		.families = families,
		.family_count = 4,
		.test = &limit,
		.loads_code = true,
	};
	static struct call_filter filter;

	call_policy_filter(&policy, getpid(), &filter);
	return call_install(&filter, false) == ERR_OK;
}

static struct addr addr_of(const struct addrinfo *info)
{
	const void *at = info->ai_addr;

	if (info->ai_family == AF_INET)
		return addr_wire(4, &((const struct sockaddr_in *)at)->sin_addr);
	return addr_wire(6, &((const struct sockaddr_in6 *)at)->sin6_addr);
}

static bool put(const struct resolver_answer *answer)
{
	return write(STDOUT_FILENO, answer, sizeof(*answer)) == (ssize_t)sizeof(*answer);
}

/* False: there is no limit, or nobody reads any more. */
static bool resolve(const char *name, unsigned limit_s)
{
	const struct itimerval limit = {.it_value.tv_sec = (time_t)limit_s};
	static const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct resolver_answer answer;
	struct addrinfo *list = NULL;
	unsigned count = 0;

	memset(&answer, 0, sizeof(answer));
	answer.name = rails_name(name);
	if (setitimer(ITIMER_REAL, &limit, NULL) != 0)
		return false;
	if (getaddrinfo(name, NULL, &wanted, &list) != 0)
		list = NULL;
	answer.end = RESOLVER_ADDRESS;
	for (const struct addrinfo *info = list; info && count < RESOLVER_ANSWERS_MAX; info = info->ai_next)
		if (info->ai_family == AF_INET || info->ai_family == AF_INET6) {
			answer.addr = addr_of(info);
			if (!put(&answer))
				return false;
			count++;
		}
	if (list)
		freeaddrinfo(list);
	answer.end = count ? RESOLVER_END : RESOLVER_SILENT;
	return put(&answer);
}

_Noreturn void resolver_main(int count, char **names, unsigned limit_s)
{
	/* Who stops the guard waits for all that is left of it, and names may be silent for long. */
	bool goes_on = prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		       (!IS_ENABLED(CONFIG_SANDBOX_LANDLOCK) || close_files()) && close_calls();

	if (!goes_on)
		_exit(1);
	for (int i = 0; i < count && goes_on; i++)
		goes_on = resolve(names[i], limit_s);
	/* Nothing that is registered for the end may run in the sandbox. */
	_exit(0);
}
