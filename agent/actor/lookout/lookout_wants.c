/* SPDX-License-Identifier: Apache-2.0 */
/* The guard's own list, and the paths of the settings taken apart. Never looks whether there is such a file. */
#include "agent/actor/lookout/lookout_wants.h"

#include "agent/common/settings_watched.h"

#include <string.h>

static const struct {
	const char *path;
	uint8_t group;
} usual[] = {
	{"/etc/passwd", FILE_ACCOUNTS},
	{"/etc/shadow", FILE_ACCOUNTS},
	{"/etc/group", FILE_ACCOUNTS},
	{"/etc/gshadow", FILE_ACCOUNTS},
	{"/etc/sudoers", FILE_SUDOERS},
	{"/etc/sudoers.d/", FILE_SUDOERS},
	{"/etc/doas.conf", FILE_SUDOERS},
	{"/etc/doas.d/", FILE_SUDOERS},
	{"/etc/ssh/", FILE_SSHD},
	{"/etc/ssh/sshd_config.d/", FILE_SSHD},
	{"/etc/dropbear/", FILE_SSHD},
	{"/etc/pam.conf", FILE_PAM},
	{"/etc/pam.d/", FILE_PAM},
	{"/etc/security/", FILE_PAM},
	{"/etc/crontab", FILE_CRON},
	{"/etc/anacrontab", FILE_CRON},
	{"/etc/cron.d/", FILE_CRON},
	{"/etc/cron.hourly/", FILE_CRON},
	{"/etc/cron.daily/", FILE_CRON},
	{"/etc/cron.weekly/", FILE_CRON},
	{"/etc/cron.monthly/", FILE_CRON},
	{"/etc/crontabs/", FILE_CRON},
	{"/var/spool/cron/", FILE_CRON},
	{"/var/spool/cron/crontabs/", FILE_CRON},
	{"/etc/inittab", FILE_INIT},
	{"/etc/rc.local", FILE_INIT},
	{"/etc/init.d/", FILE_INIT},
	{"/etc/rc.d/**", FILE_INIT},
	{"/etc/systemd/system/**", FILE_INIT},
	{"/usr/lib/systemd/system/", FILE_INIT},
	{"/usr/local/lib/systemd/system/", FILE_INIT},
	{"/etc/profile", FILE_PROFILE},
	{"/etc/profile.d/", FILE_PROFILE},
	{"/etc/bash.bashrc", FILE_PROFILE},
	{"/etc/environment", FILE_PROFILE},
	{"/etc/shinit", FILE_PROFILE},
	{"~/.ssh/", FILE_KEYS},
	{"~/.profile", FILE_PROFILE},
	{"~/.bashrc", FILE_PROFILE},
	{"~/.bash_profile", FILE_PROFILE},
	{"~/.bash_login", FILE_PROFILE},
	{"~/.bash_logout", FILE_PROFILE},
	{"~/.zshrc", FILE_PROFILE},
	{"~/.config/systemd/user/", FILE_PROFILE},
	{"/etc/ld.so.preload", FILE_PRELOAD},
	{"/etc/ld.so.conf", FILE_PRELOAD},
	{"/etc/ld.so.conf.d/", FILE_PRELOAD},
	{"/etc/caltrop/**", FILE_GUARD},
	{"/var/www/**", FILE_WEB},
	{"/srv/www/**", FILE_WEB},
	{"/www/**", FILE_WEB},
	{"/usr/share/nginx/html/**", FILE_WEB},
};

/* Take a path of the list apart. One that there is no room for is left out: the list's length is known. */
static void add(struct lookout_wants *w, const char *path, uint8_t group)
{
	struct str rest = str_from(path), dir;
	struct lookout_want *row = &w->rows[w->count];
	size_t slash;

	if (w->count == LOOKOUT_WANTS_MAX || str_empty(rest))
		return;
	memset(row, 0, sizeof(*row));
	row->group = group;
	row->home = str_take(&rest, STR("~"));
	row->below = str_take_back(&rest, STR("**"));
	slash = str_find_back(rest, STR("/"));
	if (slash == SIZE_MAX)
		return;
	dir = str_sub(rest, 0, slash);
	str_show(dir, row->path, sizeof(row->path));
	str_show(str_sub(rest, slash + 1, SIZE_MAX), row->name, sizeof(row->name));
	w->count++;
}

static void add_usual(struct lookout_wants *w, const char *const own[2])
{
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		add(w, usual[i].path, usual[i].group);
	for (unsigned i = 0; i < 2; i++)
		if (own[i])
			add(w, own[i], FILE_GUARD);
}

void lookout_wants_read(struct lookout_wants *w, const struct settings *s, const char *const own[2])
{
	w->count = 0;
	/* First, since a file is what the first row says that wants it. */
	for (unsigned i = 0; i < s->bait_count; i++) {
		add(w, s->baits[i], FILE_DECOY);
		w->rows[i].asked = true;
	}
	for (unsigned i = 0; i < s->watched_count; i++) {
		unsigned before = w->count;

		if (strcmp(s->watched[i], SETTINGS_WATCHED_USUAL) == 0)
			add_usual(w, own);
		else
			add(w, s->watched[i], FILE_GROUP_NONE);
		for (; before < w->count; before++)
			w->rows[before].asked = strcmp(s->watched[i], SETTINGS_WATCHED_USUAL) != 0;
	}
}

bool lookout_wants_name(const struct lookout_want *row, struct str name)
{
	return !row->name[0] || str_equal(name, str_from(row->name));
}
