/* SPDX-License-Identifier: Apache-2.0 */
/* caltropd: the options, then the loop. */
#include "agent/actor/actor_main.h"

#include "agent/actor/audit/audit_main.h"
#include "agent/actor/features.h"
#include "agent/actor/hup.h"
#include "agent/actor/kernel/kernel_check.h"
#include "agent/actor/life.h"
#include "agent/actor/loop.h"
#include "agent/actor/sys/collect_open.h"
#include "agent/actor/sys/exposure_open.h"
#include "agent/actor/sys/opened.h"
#include "agent/actor/sys/resolver.h"
#include "agent/actor/sys/sources.h"
#include "agent/actor/triage/triage_main.h"
#include "agent/actor/verb/means.h"
#include "agent/base/output.h"
#include "agent/base/say.h"
#include "agent/base/terminal.h"
#include "agent/common/file_pattern.h"
#include "agent/common/settings_files.h"
#include "agent/common/settings_format.h"
#include "agent/common/settings_text.h"
#include "agent/common/user_map.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static struct actor actor;

static void usage(FILE *out)
{
	fputs("Usage: caltropd [-c FILE] [--check-config]\n"
	      "       caltropd --check-kernel | --features | --version | --help\n"
	      "\n"
	      "The guard's privileged half: starts caltrop-core and carries out what it and signed orders ask for.\n"
	      "\n"
	      "  -c, --config FILE    read FILE and FILE.d/*.conf instead of the standard places\n"
	      "      --check-config   read the configuration, print what it amounts to, and end\n"
	      "      --check-kernel   print what this build needs of the kernel, and what of it is there, and end\n"
	      "      --foreground     stay in the foreground (it always does)\n"
	      "      --features       print what this build can do\n"
	      "      --version        print the version\n"
	      "  -h, --help           print this\n"
	      "\n"
	      "Example:\n"
	      "  caltropd -c /etc/caltrop/caltrop.conf --check-config\n",
	      out);
}

struct options {
	const char *config;
	bool check, kernel;
};

enum { OPTION_CHECK = 256, OPTION_KERNEL, OPTION_FEATURES, OPTION_VERSION, OPTION_FOREGROUND };

/* EX_OK to go on, another status, or -1: done. */
static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, OPTION_CHECK},
		{"check-kernel", no_argument, NULL, OPTION_KERNEL},
		{"features", no_argument, NULL, OPTION_FEATURES},
		{"foreground", no_argument, NULL, OPTION_FOREGROUND},
		{"version", no_argument, NULL, OPTION_VERSION},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
		switch (c) {
		case 'c': o->config = optarg; break;
		case OPTION_CHECK: o->check = true; break;
		case OPTION_KERNEL: o->kernel = true; break;
		case OPTION_FOREGROUND: break;
		case OPTION_FEATURES: fputs(features_text, stdout); return -1;
		case OPTION_VERSION: puts("caltropd " CALTROP_VERSION); return -1;
		case 'h': usage(stdout); return -1;
		default: usage(stderr); return EX_USAGE;
		}
	}
	if (optind == argc)
		return EX_OK;
	fprintf(stderr, "caltropd: unexpected argument '%s'\n", argv[optind]);
	return EX_USAGE;
}

/* What fits a pattern now, and what of it would not be read. */
static void show_matches(const struct settings *s, uint16_t row)
{
	struct actor_source m = {.index = row, .next = 1};

	printf("\n# %s fits now:\n", s->files[row]);
	do {
		int fd = sources_answer(s, -1, &m);

		if (fd >= 0)
			close(fd);
		if (m.name[0])
			printf("#   %.*s%s%s%s\n", (int)file_pattern_dir(s->files[row]), s->files[row], m.name,
			       m.status == ERR_OK ? "" : ": not read: ",
			       m.status == ERR_OK ? ""
			       : m.why[0]	  ? m.why
						  : err_text((enum err)m.status));
	} while (m.name[0]);
	if (m.status != ERR_NOT_FOUND)
		printf("#   cannot look: %s\n", m.why[0] ? m.why : err_text((enum err)m.status));
	else if (m.matches == 0)
		printf("#   no file\n");
	else if (m.matches > SETTINGS_FILES_MAX)
		printf("#   of %u files, the %u that were written last\n", m.matches, SETTINGS_FILES_MAX);
}

static unsigned files_read;

static void show_file(const char *path)
{
	printf("# read: %s\n", path);
	files_read++;
}

static void show_mistake(const char *message)
{
	fprintf(stderr, "%s\n", message);
}

static void say_mistake(const char *message)
{
	say(SAY_ERR, "%s", message);
}

/* Files without a [file PATH] of their own. */
static void show_undeclared(const struct settings *s)
{
	for (unsigned i = 0; i < s->file_count; i++)
		if (settings_format_row(s, s->files[i]) == s->declared_count)
			printf("\n# by default: the form of its lines is found out\n# [file %s]\n# format = %s\n",
			       s->files[i], settings_format_name(FORMAT_AUTO));
}

static int check_only(const struct options *o, const struct settings *s)
{
	static char text[SETTINGS_TEXT_MAX];
	struct buf b = buf_over(text, sizeof(text));

	settings_text(&b, s);
	if (files_read == 0)
		puts("# there is no file to read: all that follows is built in, or was found on this machine");
	printf("%s: ok\n\n", o->config ? o->config : "caltrop.conf");
	fwrite(b.data, 1, b.len, stdout);
	show_undeclared(s);
	for (unsigned i = 0; i < s->file_count; i++)
		if (file_pattern_is(s->files[i]))
			show_matches(s, (uint16_t)i);
	return EX_OK;
}

static int check_kernel(void)
{
	if (IS_ENABLED(CONFIG_CHECK_KERNEL))
		return kernel_check();
	fputs("caltropd: --check-kernel: this build does not have CHECK_KERNEL\n", stderr);
	return EX_USAGE;
}

static int find_user(struct actor *a)
{
	const struct passwd *user = getpwnam(a->settings.user);

	if (!user) {
		say(SAY_ERR, "[guard] user: there is no user '%s'", a->settings.user);
		return EX_NOUSER;
	}
	if (user->pw_uid == 0 && !user_map_only_root()) {
		say(SAY_ERR, "[guard] user: the core must not run as root");
		return EX_CONFIG;
	}
	a->child.uid = user->pw_uid;
	a->child.gid = user->pw_gid;
	return EX_OK;
}

static int run(int argc, char **argv)
{
	struct options o = {NULL, false, false};
	struct settings_files_hearer hearer = {NULL, say_mistake};
	char why[LOOP_WHY_MAX];
	int status;

	if (IS_ENABLED(CONFIG_RESOLVER) && argc > 1 && strcmp(argv[1], RESOLVER_MODE) == 0)
		resolver_main(argc - 2, argv + 2, RESOLVER_LIMIT_S);
	say_open("caltropd");
	if (IS_ENABLED(CONFIG_SOURCE_EXPOSURE) && argc > 2 && strcmp(argv[1], EXPOSURE_MODE) == 0)
		audit_main(strcmp(argv[2], EXPOSURE_WHOLE) == 0);
	if (IS_ENABLED(CONFIG_ACTION_COLLECT) && argc > 1 && strcmp(argv[1], COLLECT_MODE) == 0)
		triage_main();
	status = read_options(argc, argv, &o);
	if (status != EX_OK)
		return status < 0 ? EX_OK : status;
	if (o.kernel)
		return check_kernel();
	if (o.check)
		hearer = (struct settings_files_hearer){show_file, show_mistake};
	if (settings_files_read_all(&actor.settings, o.config, &hearer) != ERR_OK)
		return EX_CONFIG;
	if (o.check)
		return check_only(&o, &actor.settings);
	if (geteuid() != 0) {
		say(SAY_ERR, "must be started as root");
		return EX_NOPERM;
	}
	terminal_leave();
	life_open();
	child_init(&actor.child);
	status = find_user(&actor);
	if (status != EX_OK)
		return status;
	hup_init(o.config);
	actor.rows = verb_table;
	actor.hosts.program = "/proc/self/exe";
	if (loop_open(&actor, why) != ERR_OK) {
		say(SAY_ERR, "%s", why);
		return EX_OSERR;
	}
	status = loop_serve(&actor);
	means_end(&actor);
	opened_end();
	return status;
}

int actor_main(int argc, char **argv)
{
	return output_end(&(struct output_end){"caltropd", run(argc, argv), EX_IOERR});
}
