/* SPDX-License-Identifier: Apache-2.0 */
/* Confines itself, runs a round over the machine's root, and ends. */
#include "agent/actor/audit/audit_main.h"

#include "agent/actor/audit/audit.h"
#include "agent/base/call_install.h"
#include "agent/base/call_policy.h"
#include "agent/base/landlock.h"
#include "ports/linux/seccomp/core.h"

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NICE 10
#define ROUND_MAX_S 110 /* the core takes a round for dead after two minutes */

static bool close_files(int root)
{
	struct landlock l;
	enum err err = landlock_begin(&l);

	if (err != ERR_OK)
		return err == ERR_UNSUPPORTED;
	return landlock_allow(&l, root, 0) == ERR_OK && landlock_enforce(&l) == ERR_OK;
}

/* Reading what is others' is all that is left of root. */
static bool close_rights(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	const uint32_t kept = UINT32_C(1) << CAP_DAC_READ_SEARCH;

	if (syscall(SYS_capget, &header, data) != 0)
		return false;
	data[0].permitted &= kept;
	data[0].effective = data[0].permitted;
	data[0].inheritable = data[1].permitted = data[1].effective = data[1].inheritable = 0;
	return syscall(SYS_capset, &header, data) == 0;
}

static bool close_calls(void)
{
	static const struct call_policy policy = {
		.calls = seccomp_core_calls,
		.call_count = sizeof(seccomp_core_calls) / sizeof(seccomp_core_calls[0]),
	};
	static struct call_filter filter;

	call_policy_filter(&policy, getpid(), &filter);
	return call_install(&filter, false) == ERR_OK;
}

static void put(void *context, const struct exposure_sample *sample)
{
	(void)context;
	if (write(STDOUT_FILENO, sample, sizeof(*sample)) != (ssize_t)sizeof(*sample))
		_exit(1); /* nobody reads any more */
}

static void run_round(struct audit *a)
{
	for (unsigned i = 0; audit_checks[i]; i++) {
		if (audit_checks[i]->slow && !a->whole)
			continue;
		a->check = (uint8_t)i;
		audit_checks[i]->run(a);
		audit_ended(a, EXPOSURE_SAMPLE_DONE);
	}
	audit_ended(a, EXPOSURE_SAMPLE_END);
}

/* A path is a program, a number the port of a decoy. */
static void take_argument(struct settings *s, const char *argument)
{
	uint64_t port;

	if (argument[0] == '/' && s->suid_count < SETTINGS_SUIDS_MAX)
		str_show(str_from(argument), s->suids[s->suid_count++], SETTINGS_PATH_MAX);
	else if (s->decoy_count < SETTINGS_DECOYS_MAX && str_number(str_from(argument), UINT16_MAX, &port) == ERR_OK)
		s->decoys[s->decoy_count++] = (uint16_t)port;
}

_Noreturn void audit_main(int count, char **arguments)
{
	static struct settings settings;
	struct audit a = {.settings = &settings, .put = put};

	settings_default(&settings);
	a.root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	a.whole = strcmp(arguments[0], "whole") == 0;
	str_show(str_from(arguments[1]), settings.shadow, sizeof(settings.shadow));
	for (int i = 2; i < count; i++)
		take_argument(&settings, arguments[i]);
	(void)alarm(ROUND_MAX_S);
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	if (a.root < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    !close_rights() || (IS_ENABLED(CONFIG_SANDBOX_LANDLOCK) && !close_files(a.root)) || !close_calls()) {
		dprintf(STDERR_FILENO, "caltropd: the audit cannot be confined: %s\n", strerror(errno));
		_exit(1);
	}
	run_round(&a);
	_exit(0);
}
