/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the modes of files give away: system files that everybody may write, and programs with the set-user-id bit that
 * no distribution brings. A bounded walk that follows no link and crosses no mount.
 */
#include "agent/actor/audit/audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 6
#define ENTRIES_MAX 60000u
#define FINDINGS_MAX 32u /* of each kind; a folder that was opened to all has thousands */

static const struct audit_risk writable = {"world_writable", SEV_HIGH, "chmod o-w PATH"};
static const struct audit_risk suid = {"suid_program", SEV_HIGH, "chmod u-s PATH, or name it in [exposure] suid"};

/* Where everything is the system's, so that nobody else writes there; and where programs may be besides. */
static const struct {
	const char *path;
	bool system;
} roots[] = {
	{"etc", true},	    {"usr/bin", true},	{"usr/sbin", true}, {"usr/local", true}, {"usr/libexec", true},
	{"bin", true},	    {"sbin", true},	{"boot", true},	    {"opt", true},	 {"root", true},
	{"tmp", false},	    {"var/tmp", false}, {"dev/shm", false}, {"home", false},	 {"srv", false},
	{"var/www", false}, {"lib", true},	{"usr/lib", true},
};

/* Programs that distributions give the bit, by name, in a folder of the system. */
static const char *const known[] = {
	"su",
	"sudo",
	"passwd",
	"chsh",
	"chfn",
	"newgrp",
	"gpasswd",
	"chage",
	"expiry",
	"mount",
	"umount",
	"ping",
	"ping6",
	"fusermount",
	"fusermount3",
	"pkexec",
	"polkit-agent-helper-1",
	"dbus-daemon-launch-helper",
	"ssh-keysign",
	"at",
	"crontab",
	"busybox",
	"bbsuid",
	"doas",
	"sudoedit",
	"sg",
	"unix_chkpwd",
	"pam_timestamp_check",
	"mount.nfs",
	"mount.cifs",
	"ntfs-3g",
	"pppd",
	"exim4",
	"newuidmap",
	"newgidmap",
	"Xorg.wrap",
	"chrome-sandbox",
	"traceroute6",
	"snap-confine",
	"userhelper",
	"usernetctl",
	"lockdev",
	"utempter",
	"vmware-user-suid-wrapper",
	"login",
	"wall",
};

struct walk {
	struct audit *a;
	dev_t device;
	bool system;
	unsigned entries, writables, suids, depth;
	char path[PATH_MAX]; /* of what is looked at, without the first '/' */
};

static bool is_known(const struct walk *w, const char *name, const char *path)
{
	for (unsigned i = 0; i < w->a->settings->suid_count; i++)
		if (strcmp(path, w->a->settings->suids[i] + 1) == 0)
			return true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && w->system; i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	return false;
}

static void look_at(struct walk *w, const struct stat *st)
{
	const char *path = w->path, *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char object[PATH_MAX];

	snprintf(object, sizeof(object), "/%.*s", PATH_MAX - 2, path);
	if (w->system && st->st_mode & S_IWOTH && !(S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX) &&
	    (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)) && w->writables++ < FINDINGS_MAX)
		audit_found(w->a, &(struct audit_finding){&writable, str_from(object)},
			    "everybody may write it (mode %04o)", (unsigned)st->st_mode & 07777);
	if (S_ISREG(st->st_mode) && st->st_mode & S_ISUID && st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH) &&
	    !is_known(w, name, path) && w->suids++ < FINDINGS_MAX)
		audit_found(w->a, &(struct audit_finding){&suid, str_from(object)},
			    "whoever starts it has the rights of user %u (mode %04o)", (unsigned)st->st_uid,
			    (unsigned)st->st_mode & 07777);
}

static void walk_dir(struct walk *w, int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	size_t len = strlen(w->path);
	const struct dirent *e;
	struct stat st;

	w->depth++;
	if (!list && fd >= 0)
		close(fd);
	while (list && w->entries < ENTRIES_MAX && (e = readdir(list)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    len + strlen(e->d_name) + 2 > PATH_MAX)
			continue;
		w->entries++;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISLNK(st.st_mode))
			continue;
		snprintf(w->path + len, sizeof(w->path) - len, "/%s", e->d_name);
		look_at(w, &st);
		if (S_ISDIR(st.st_mode) && st.st_dev == w->device && w->depth < DEPTH_MAX)
			walk_dir(w, fd, e->d_name);
		w->path[len] = '\0';
	}
	if (list)
		closedir(list);
	w->depth--;
}

static void run(struct audit *a)
{
	struct walk w = {.a = a};
	struct stat st;

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		if (fstatat(a->root, roots[i].path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode))
			continue;
		w.device = st.st_dev;
		w.system = roots[i].system;
		snprintf(w.path, sizeof(w.path), "%s", roots[i].path);
		look_at(&w, &st);
		walk_dir(&w, a->root, roots[i].path);
	}
	if (w.entries >= ENTRIES_MAX)
		audit_skipped(a, "modes", STR_NONE, "there are more files than are looked at");
	if (w.writables > FINDINGS_MAX || w.suids > FINDINGS_MAX)
		audit_skipped(a, "modes", STR_NONE, "more files were found than are named");
}

const struct audit_check audit_modes = {.name = "modes", .slow = true, .run = run};
