/* SPDX-License-Identifier: Apache-2.0 */
/* Compares device and inode. Looks at directories only that are root's alone: nobody else may have mounted on those. */
#include "agent/actor/sys/quarantine_names.h"

#include "agent/actor/rails/rails_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Whether the path, from the root on, leads there. */
static bool leads_to(int root, const char *path, const struct stat *there)
{
	struct stat st;

	return fstatat(root, path, &st, 0) == 0 && is_same(&st, there);
}

/* The system's directory, without its first '/', that leads there. NULL: none does. */
static const char *system_dir(int root, const struct stat *there)
{
	static const char *const dirs[] = {"etc", "bin", "sbin", "lib", "lib32", "lib64", "usr", "boot", NULL};

	for (const char *const *dir = dirs; *dir; dir++)
		if (leads_to(root, *dir, there))
			return *dir;
	for (const char *const *dir = rails_file_account_dirs; *dir; dir++)
		if (leads_to(root, *dir + 1, there))
			return *dir + 1;
	return NULL;
}

/* The same for one of /etc's files of accounts. */
static bool is_of_accounts(int root, const struct stat *there, char name[VERB_PATH_MAX])
{
	for (const char *const *file = rails_file_accounts; *file; file++) {
		snprintf(name, VERB_PATH_MAX, "/etc/%s", *file);
		if (leads_to(root, name + 1, there))
			return true;
	}
	return false;
}

static bool is_roots(const struct stat *st)
{
	return st->st_uid == 0 && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool quarantine_names_find(const struct quarantine_job *job, char name[VERB_PATH_MAX])
{
	const char *slash = job->path, *found;
	char part[VERB_PATH_MAX];
	struct stat st;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - job->path) - 1, job->path + 1);
		if (fstatat(job->q->root, part, &st, AT_SYMLINK_NOFOLLOW) != 0 || !is_roots(&st))
			return false;
		found = system_dir(job->q->root, &st);
		if (!found || strcmp(found, part) == 0)
			continue;
		snprintf(name, VERB_PATH_MAX, "/%s%s", found, slash);
		return true;
	}
	return fstatat(job->q->root, job->path + 1, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       is_of_accounts(job->q->root, &st, name);
}
