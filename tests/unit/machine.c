/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel, or what stands for it, what it can do. Changes nothing. */
#include "tests/unit/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>

#define NAME_LEN 15u /* of a process, as the kernel keeps it */

static bool has(bool it, const char *what)
{
	if (!it)
		print_message("skipped: %s\n", what);
	return it;
}

bool machine_filters(void)
{
	return has(prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0, "nobody filters system calls here (seccomp)");
}

bool machine_reaps(void)
{
	int is = 0;

	return has(prctl(PR_GET_CHILD_SUBREAPER, &is, 0, 0, 0) == 0,
		   "no process can be the reaper of those below it here (PR_SET_CHILD_SUBREAPER)");
}

bool machine_runs_us(void)
{
	char name[NAME_LEN + 2] = "";
	FILE *file = fopen("/proc/self/comm", "re");

	if (file) {
		(void)!fgets(name, sizeof(name), file);
		fclose(file);
	}
	name[strcspn(name, "\n")] = '\0';
	return has(strncmp(name, program_invocation_short_name, NAME_LEN) == 0,
		   "the kernel runs another program that runs this one");
}
