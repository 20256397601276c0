/* SPDX-License-Identifier: Apache-2.0 */
/* Puts root's wish about the packet-filter policy where the actor reads it, and asks the guard to look. */
#include "agent/cli/local_policy.h"

#include "agent/base/clock.h"
#include "agent/base/regular.h"
#include "agent/cli/command.h"
#include "agent/cli/local_wish.h"
#include "agent/cli/state_dir.h"
#include "agent/common/policy_files.h"
#include "agent/common/proc_read.h"
#include "agent/common/settings_files.h"
#include "proto/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIBED_MAX (1u << 20)
#define SLACK_US SECOND_US /* a session that began as the policy was written down */

/* One of the commands, for its help. */
struct form {
	const char *usage, *about, *example;
	const char *here; /* what its option --here does; NULL: it has none */
	bool takes_file;
};

struct wish {
	const struct form *form;
	const char *file, *config;
	bool here;
	struct settings settings;
	int dir; /* the actor's */
};

static struct wish w; /* large, and of this run */

static int help(FILE *out, int code)
{
	const struct form *f = w.form;

	fprintf(out, "usage: caltrop local policy %s [-c FILE]\n%s\n\n", f->usage, f->about);
	if (f->here)
		fprintf(out, "  --here             %s\n", f->here);
	fprintf(out,
		"  -c, --config FILE  read the guard's configuration from FILE and FILE.d/*.conf\n"
		"  -h, --help         print this text\n"
		"examples:\n"
		"  caltrop local policy %s\n",
		f->example);
	return code;
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "caltrop: %s: %s\n", what, why);
	return COMMAND_FAILED;
}

/* -1: go on, else the exit code. */
static int read_options(int argc, char **argv)
{
	static const struct option longs[] = {{"here", no_argument, NULL, 'H'},
					      {"config", required_argument, NULL, 'c'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};

	for (int option; (option = getopt_long(argc, argv, "c:h", w.form->here ? longs : longs + 1, NULL)) != -1;)
		switch (option) {
		case 'c': w.config = optarg; break;
		case 'H': w.here = true; break;
		case 'h': return help(stdout, COMMAND_OK);
		default: return help(stderr, COMMAND_USAGE);
		}
	if (argc - optind != (w.form->takes_file ? 1 : 0))
		return help(stderr, COMMAND_USAGE);
	w.file = argv[optind];
	return -1;
}

static int open_dir(void)
{
	char message[SETTINGS_FILES_MESSAGE_MAX];

	if (settings_files_read(&w.settings, w.config, message) != ERR_OK) {
		fprintf(stderr, "caltrop: %s\n", message);
		return COMMAND_FAILED;
	}
	return state_dir_open(&w.settings, "actor", &w.dir);
}

static int begin(const struct form *form, int argc, char **argv)
{
	int code;

	w.form = form;
	code = read_options(argc, argv);
	if (code >= 0)
		return code;
	code = open_dir();
	return code == COMMAND_OK ? -1 : code;
}

/* The bytes of a file, which has to be a policy. */
static enum err read_policy(int dir, const char *name, struct str *bytes, struct filter *out)
{
	static char memory[FILTER_BYTES_MAX + 1];
	char why[FILTER_WHY_MAX];
	ssize_t n;
	int fd;
	enum err err = regular_follow(dir, name, O_RDONLY, &fd);

	if (err != ERR_OK)
		return err;
	n = read(fd, memory, sizeof(memory));
	close(fd);
	if (n < 0)
		return ERR_IO;
	*bytes = (struct str){memory, (size_t)n};
	return filter_decode(*bytes, out, why);
}

/* The guard reads what was written. */
static int ask(struct str bytes)
{
	return local_wish_ask(&(struct local_wish){&w.settings, w.dir, POLICY_FILES_ASKED, "policy"}, bytes);
}

int local_policy_apply(int argc, char **argv)
{
	static const struct form form = {
		.usage = "apply FILE",
		.about = "Put a packet-filter policy, which `caltrop policy build` made, in force on this device, as "
			 "root. It is on trial:\nlog in again and `caltrop local policy confirm`, or it ends by "
			 "itself and the one before it is in force again.",
		.example = "apply camera.policy",
		.takes_file = true,
	};
	static struct filter filter;
	struct str bytes;
	int code = begin(&form, argc, argv);
	enum err err;

	if (code >= 0)
		return code;
	err = read_policy(AT_FDCWD, w.file, &bytes, &filter);
	if (err == ERR_UNSUPPORTED || err == ERR_INVALID || err == ERR_TOO_LONG || err == ERR_TRUNCATED)
		return fail(w.file, "is no compiled policy; make one with `caltrop policy build`");
	return err == ERR_OK ? ask(bytes) : fail(w.file, err_text(err));
}

/* Whether this session began after the policy was written down. */
static bool session_is_new(void)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t start = UINT64_MAX;
	uint32_t parent;
	struct stat st;
	int64_t age_us;
	bool known;

	if (fstatat(w.dir, POLICY_FILES_TRIAL, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true; /* nothing is on trial, which the guard says */
	known = proc >= 0 && proc_read_start(proc, (uint32_t)getsid(0), &start, &parent);
	if (proc >= 0)
		close(proc);
	age_us = clock_wall_us() - ((int64_t)st.st_mtim.tv_sec * SECOND_US + st.st_mtim.tv_nsec / 1000);
	return known && (int64_t)start * (SECOND_US / 100) + SLACK_US >= clock_mono_us() - age_us;
}

int local_policy_confirm(int argc, char **argv)
{
	static const struct form form = {
		.usage = "confirm [--here]",
		.about = "Keep the packet-filter policy that is on trial, as root, from a session that began after it: "
			 "that one can still\nlog in is what is to be proven.",
		.here = "confirm from an older session, which proves nothing: on a serial line or a console",
		.example = "confirm",
	};
	int code = begin(&form, argc, argv);

	if (code >= 0)
		return code;
	if (!w.here && !session_is_new())
		return fail("this session",
			    "began before the policy, so it does not prove that one can still log in; log "
			    "in again and confirm from there (or --here)");
	return ask(STR(POLICY_FILES_CONFIRM));
}

int local_policy_lift(int argc, char **argv)
{
	static const struct form form = {
		.usage = "lift",
		.about = "End the packet-filter policy of this device, and the one before it, as root.",
		.example = "lift",
	};
	int code = begin(&form, argc, argv);

	return code >= 0 ? code : ask(STR(POLICY_FILES_LIFT));
}

static int show(const char *name, const char *title)
{
	static char memory[DESCRIBED_MAX];
	static struct filter filter;
	struct buf b = buf_over(memory, sizeof(memory));
	struct str bytes;
	enum err err = read_policy(w.dir, name, &bytes, &filter);

	if (err == ERR_NOT_FOUND)
		return COMMAND_NOT_FOUND;
	if (err != ERR_OK)
		return fail(name, err_text(err));
	filter_describe(&b, &filter);
	printf("%s:\n%.*s", title, (int)b.len, b.data);
	return COMMAND_OK;
}

int local_policy_show(int argc, char **argv)
{
	static const struct form form = {
		.usage = "show",
		.about = "Show the packet-filter policy of this device, and the one that is on trial, as root.",
		.example = "show",
	};
	int code = begin(&form, argc, argv), trial;

	if (code >= 0)
		return code;
	trial = show(POLICY_FILES_TRIAL, "on trial");
	code = show(POLICY_FILES_KEPT,
		    trial == COMMAND_OK ? "kept, and in force again if the trial fails" : "in force");
	if (code == COMMAND_NOT_FOUND && trial == COMMAND_NOT_FOUND)
		return fail("this device", "has no packet-filter policy"), COMMAND_NOT_FOUND;
	return code == COMMAND_NOT_FOUND ? trial : code;
}
