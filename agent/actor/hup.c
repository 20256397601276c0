/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the configuration again. What was opened with the old one (directories, sockets, user) stays as it is until a
 * restart, and a change of it is said; a configuration with an error changes nothing.
 */
#include "agent/actor/hup.h"

#include "agent/actor/verb/ban.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"
#include "agent/common/settings_files.h"
#include "agent/common/settings_text.h"

#include <errno.h>
#include <fcntl.h>
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

static bool same(const char *a, const char *b, const char *key)
{
	if (strcmp(a, b) == 0)
		return true;
	say(SAY_WARNING, "%s changed; that needs a restart", key);
	return false;
}

static void pass_over(const char *path)
{
	(void)path;
}

static void say_mistake(const char *message)
{
	say(SAY_ERR, "%s", message);
}

void hup_reload(struct actor *a)
{
	static struct settings fresh;
	static const struct settings_files_hearer hearer = {pass_over, say_mistake};
	int fd;

	if (settings_files_read_all(&fresh, config_file, &hearer) != ERR_OK) {
		say(SAY_ERR, "the settings have mistakes; nothing was changed");
		return;
	}
	if (!same(a->settings.state_dir, fresh.state_dir, "[guard] state_dir") ||
	    !same(a->settings.run_dir, fresh.run_dir, "[guard] run_dir") ||
	    !same(a->settings.user, fresh.user, "[guard] user") ||
	    !same(a->settings.core, fresh.core, "[guard] core") ||
	    !same(a->settings.syslog_socket, fresh.syslog_socket, "[auth] syslog_socket"))
		return;
	fd = hup_settings_fd(&fresh);
	if (fd < 0) {
		say(SAY_ERR, "cannot pass the settings on: %s", strerror(errno));
		return;
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
}
