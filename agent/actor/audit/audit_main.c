/* SPDX-License-Identifier: Apache-2.0 */
/* Confines itself, runs a round over the machine's root, and ends. */
#include "agent/actor/audit/audit_main.h"

#include "agent/actor/audit/audit.h"
#include "agent/actor/audit/audit_guess.h"
#include "agent/actor/audit/audit_tried.h"
#include "agent/actor/sys/confine_child.h"
#include "agent/actor/sys/exposure_open.h"
#include "agent/base/clock.h"
#include "agent/base/ini.h"
#include "agent/base/landlock.h"

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

static void put(void *context, const struct exposure_sample *sample)
{
	unsigned *findings = context;

	if (write(STDOUT_FILENO, sample, sizeof(*sample)) != (ssize_t)sizeof(*sample))
		_exit(EXPOSURE_FAILED); /* nobody reads any more */
	*findings += sample->kind == EXPOSURE_SAMPLE_FOUND && *findings < EXPOSURE_FINDINGS_MAX;
}

static void run_round(struct audit *a)
{
	for (unsigned i = 0; audit_checks[i]; i++) {
		if (audit_checks[i]->slow && !a->whole)
			continue;
		a->check = (uint8_t)i;
		a->accounts = audit_checks[i]->accounts;
		audit_checks[i]->run(a);
		audit_ended(a, EXPOSURE_SAMPLE_DONE);
	}
	audit_ended(a, EXPOSURE_SAMPLE_END);
}

static bool read_settings(struct settings *s)
{
	static char text[INI_BYTES_MAX];
	struct ini_error error;
	ssize_t got = pread(EXPOSURE_FD_SETTINGS, text, sizeof(text), 0);

	settings_default(s);
	return got > 0 && settings_read(s, (struct str){text, (size_t)got}, &error) == ERR_OK;
}

/* What rounds remember; without the file this one does. */
static struct audit_tried *map_tried(void)
{
	static struct audit_tried once;
	void *map = MAP_FAILED;

	if (ftruncate(EXPOSURE_FD_TRIED, sizeof(struct audit_tried)) == 0)
		map = mmap(NULL, sizeof(struct audit_tried), PROT_READ | PROT_WRITE, MAP_SHARED, EXPOSURE_FD_TRIED, 0);
	close(EXPOSURE_FD_TRIED);
	return map == MAP_FAILED ? &once : map;
}

_Noreturn void audit_main(bool whole)
{
	static struct settings settings;
	unsigned findings = 0;
	struct audit a = {
		.settings = &settings, .put = put, .context = &findings, .whole = whole, .now_s = clock_wall_s()};

	a.root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)alarm(ROUND_MAX_S);
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	if (!read_settings(&settings)) {
		dprintf(STDERR_FILENO, "caltropd: the audit has no settings\n");
		_exit(EXPOSURE_FAILED);
	}
	if (IS_ENABLED(CONFIG_AUDIT_PASSWORDS) && whole) {
		a.tried = map_tried();
		a.guess = audit_guess_start() ? audit_guess_ask : NULL;
	}
	/* Nobody would read what it finds, and who stops the guard waits for all that is left of it. */
	if (a.root < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    !confine_child_rights(UINT32_C(1) << CAP_DAC_READ_SEARCH) ||
	    (IS_ENABLED(CONFIG_SANDBOX_LANDLOCK) && !close_files(a.root)) || !confine_child_calls()) {
		dprintf(STDERR_FILENO, "caltropd: the audit cannot be confined: %s\n", strerror(errno));
		_exit(EXPOSURE_FAILED);
	}
	run_round(&a);
	if (IS_ENABLED(CONFIG_AUDIT_PASSWORDS))
		audit_guess_end();
	_exit((int)findings);
}
