/* SPDX-License-Identifier: Apache-2.0 */
/* First files and ports, then system calls (ports/linux/seccomp/courier.h). */
#include "server-stub/outside/pale.h"

#include "agent/base/call_install.h"
#include "agent/base/call_policy.h"
#include "agent/base/landlock.h"
#include "ports/linux/seccomp/courier.h"

#include <linux/seccomp.h>

#include <errno.h>
#include <netdb.h>
#include <sched.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#define DNS_PORT 53

static enum err close_files(const struct pale *pale)
{
	/* Certificates, and what the C library and TLS read when a name is looked up. */
	static const char *const paths[] = {"/etc", "/usr", "/lib", "/run/systemd/resolve", "/dev/urandom"};
	struct landlock l;
	enum err err = landlock_begin(&l);

	if (err == ERR_UNSUPPORTED)
		return ERR_OK; /* the service's own fence says so */
	for (size_t i = 0; err == ERR_OK && i < sizeof(paths) / sizeof(paths[0]); i++)
		err = landlock_allow_path(&l, paths[i], 0);
	if (err == ERR_OK && pale->ca[0])
		err = landlock_allow_path(&l, pale->ca, 0);
	for (unsigned i = 0; err == ERR_OK && i < pale->port_count; i++)
		err = landlock_allow_port(&l, pale->ports[i]);
	if (err == ERR_OK)
		err = landlock_allow_port(&l, DNS_PORT);
	return err == ERR_OK ? landlock_enforce(&l) : err;
}

static enum err close_calls(void)
{
	static const uint32_t families[] = {AF_INET, AF_INET6}, thread[] = {CLONE_THREAD};
	static const struct call_filter_test threads = {__NR_clone,	   COURIER_CLONE_FLAGS,	     thread, 1, true,
							SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM};
	static const struct call_policy policy = {
		.calls = seccomp_courier_calls,
		.call_count = sizeof(seccomp_courier_calls) / sizeof(seccomp_courier_calls[0]),
		.families = families,
		.family_count = 2,
		.test = &threads,
	};
	static struct call_filter filter;
	enum err err;

	call_policy_filter(&policy, getpid(), &filter);
	err = call_install(&filter, true);
	return err == ERR_UNSUPPORTED ? ERR_OK : err;
}

enum err pale_enter(const struct pale *pale)
{
	struct addrinfo *found = NULL;
	enum err err;

	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
	err = close_files(pale);
	return err == ERR_OK ? close_calls() : err;
}
