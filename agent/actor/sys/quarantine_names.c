/* SPDX-License-Identifier: Apache-2.0 */
/* Compares device and inode. Looks at directories only that are root's alone: nobody else may have mounted on those. */
#include "agent/actor/sys/quarantine_names.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* The one of the paths, from the root on, that leads there. NULL: none does. */
static const char *leads_to(int root, const char *const *paths, const struct stat *there)
{
	struct stat st;

	for (; *paths; paths++)
		if (fstatat(root, *paths, &st, 0) == 0 && is_same(&st, there))
			return *paths;
	return NULL;
}

static bool is_roots(const struct stat *st)
{
	return st->st_uid == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool quarantine_names_find(const struct quarantine_job *job, char name[VERB_PATH_MAX])
{
	static const char *const dirs[] = {"etc", "bin", "sbin", "lib", "lib32", "lib64", "usr", "boot", NULL};
	static const char *const files[] = {"etc/passwd",  "etc/shadow", "etc/group",	   "etc/gshadow",
					    "etc/sudoers", "etc/shells", "etc/securetty",  "etc/nsswitch.conf",
					    "etc/inittab", "etc/fstab",	 "etc/login.defs", "etc/environment",
					    NULL};
	const char *slash = job->path, *found;
	char part[VERB_PATH_MAX];
	struct stat st;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - job->path) - 1, job->path + 1);
		if (fstatat(job->q->root, part, &st, AT_SYMLINK_NOFOLLOW) != 0 || !is_roots(&st))
			return false;
		found = leads_to(job->q->root, dirs, &st);
		if (!found || strcmp(found, part) == 0)
			continue;
		snprintf(name, VERB_PATH_MAX, "/%s%s", found, slash);
		return true;
	}
	if (fstatat(job->q->root, job->path + 1, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	found = leads_to(job->q->root, files, &st);
	if (found)
		snprintf(name, VERB_PATH_MAX, "/%s", found);
	return found != NULL;
}
