/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the configuration again. What was opened with the old one (directories, sockets, user) stays as it is until a
 * restart, a change of it is said, and the rest is used; a configuration with an error changes nothing.
 */
#include "agent/actor/hup.h"

#include "agent/actor/life.h"
#include "agent/actor/verb/ban.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"
#include "agent/common/settings_files.h"
#include "agent/common/settings_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *config_file;

void hup_init(const char *file)
{
	config_file = file;
}

int hup_settings_fd(const struct settings *s)
{
	static char text[SETTINGS_TEXT_MAX + SETTINGS_FILES_MAX * SETTINGS_PATH_MAX];
	struct buf b = buf_over(text, sizeof(text));
	int fd = memfd_create("caltrop settings", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	settings_text(&b, s);
	if (fd < 0)
		return -1;
	if (buf_check(&b) != ERR_OK || write(fd, b.data, b.len) != (ssize_t)b.len || lseek(fd, 0, SEEK_SET) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

#define MEMBER(member) offsetof(struct settings, member), sizeof(((struct settings *)0)->member)

/* What was opened by these, with rights that are given up since, stays as it is. */
static const struct fixed {
	const char *key; /* NULL: it belongs to the row before */
	size_t offset, size;
	bool text;
} fixed[] = {
	{"[guard] state_dir", MEMBER(state_dir), true},
	{"[guard] run_dir", MEMBER(run_dir), true},
	{"[guard] volatile", MEMBER(is_volatile), false},
	{"[guard] user", MEMBER(user), true},
	{"[guard] core", MEMBER(core), true},
	{"[auth] syslog_socket", MEMBER(syslog_socket), true},
	{"[auth] audit", MEMBER(audit), false},
	{"[auth] journal", MEMBER(journal), false},
	{"[auth] journal_dir", MEMBER(journal_dir), true},
	{"[process] enabled", MEMBER(process), false},
	{"[process] source", MEMBER(process_source), false},
	{"[process] audit_rule", MEMBER(process_audit_rule), false},
	{"[network] enabled", MEMBER(network), false},
	{"[network] source", MEMBER(network_source), false},
	{"[firewall] enabled", MEMBER(firewall), false},
	{"[firewall] log_group", MEMBER(firewall_group), false},
	{"[firewall] rate", MEMBER(firewall_rate), false},
	{"[firewall] decoy", MEMBER(decoys), false},
	{NULL, MEMBER(decoy_count), false},
	{"[exposure] enabled", MEMBER(exposure), false},
	{"[hook NAME]", MEMBER(hooks), false},
	{NULL, MEMBER(hook_count), false},
	{"[credential NAME]", MEMBER(credentials), false},
	{NULL, MEMBER(credential_count), false},
	{"[accounts] shadow", MEMBER(shadow), true},
};

static bool is_same(const struct fixed *f, const char *was, const char *is)
{
	return f->text ? strncmp(was, is, f->size) == 0 : memcmp(was, is, f->size) == 0;
}

/*
 * Where no source is named they are looked for, and by now one may be found otherwise, since the guard itself has it:
 * that is no change.
 */
static bool is_found(const struct fixed *f, const struct settings *used, const struct settings *fresh)
{
	return used->look && fresh->look && f->key && strncmp(f->key, "[auth] ", 7) == 0;
}

/* What is fixed is taken over from the settings in use; a change of it is said. */
static void keep_fixed(const struct settings *used, struct settings *fresh)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		const char *was = (const char *)used + fixed[i].offset;
		char *is = (char *)fresh + fixed[i].offset;

		if (!is_same(&fixed[i], was, is) && fixed[i].key && !is_found(&fixed[i], used, fresh))
			say(SAY_WARNING, "%s has changed; that is used from the next start of caltropd on",
			    fixed[i].key);
		memcpy(is, was, fixed[i].size);
	}
}

static void pass_over(const char *path)
{
	(void)path;
}

static void say_mistake(const char *message)
{
	say(SAY_ERR, "%s", message);
}

bool hup_reload(struct actor *a)
{
	static struct settings fresh;
	static const struct settings_files_hearer hearer = {pass_over, say_mistake};
	int fd;

	life_reloading();
	if (settings_files_read_all(&fresh, config_file, &hearer) != ERR_OK) {
		say(SAY_ERR, "the settings have mistakes; nothing was changed");
		life_kept();
		return false;
	}
	/* What is in the files counts where the service's do not fit; health tells of that. */
	if (IS_ENABLED(CONFIG_TUNING))
		(void)tuning_apply(a, &fresh);
	keep_fixed(&a->settings, &fresh);
	fd = hup_settings_fd(&fresh);
	if (fd < 0) {
		say(SAY_ERR, "cannot pass the settings on: %s", strerror(errno));
		life_kept();
		return false;
	}
	close(a->child.fds[CORE_FD_SETTINGS]);
	a->child.fds[CORE_FD_SETTINGS] = fd;
	a->settings = fresh;
	actor_budgets(a);
	for (unsigned i = 0; i < a->means_count; i++)
		if (a->means[i]->renew)
			a->means[i]->renew(a);
	a->child.wait_us = 0;
	child_end(&a->child, false);
	say(SAY_INFO, "the settings were read again");
	return true;
}
