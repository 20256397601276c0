/* SPDX-License-Identifier: Apache-2.0 */
/* Gives up privileges (setresuid(2), prctl(2)) and checks that they are gone. */
#include "server-stub/shell/harden.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static enum err fail(char *error, const char *what)
{
	enum err err = err_from_errno(errno);

	snprintf(error, HARDEN_ERROR_MAX, "%s: %s", what, strerror(errno));
	return err == ERR_OK ? ERR_IO : err;
}

enum err harden_user(const char *name, char error[HARDEN_ERROR_MAX])
{
	const struct passwd *user;

	if (name[0] == '\0')
		return ERR_OK;
	user = getpwnam(name);
	if (!user) {
		snprintf(error, HARDEN_ERROR_MAX, "[server] user = %s: there is no such user", name);
		return ERR_NOT_FOUND;
	}
	if (geteuid() == user->pw_uid)
		return ERR_OK;
	if (geteuid() != 0) {
		snprintf(error, HARDEN_ERROR_MAX, "[server] user = %s: only root can become another user", name);
		return ERR_DENIED;
	}
	if (initgroups(name, user->pw_gid) != 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return fail(error, "cannot become another user");
	if (setuid(0) == 0) {
		snprintf(error, HARDEN_ERROR_MAX, "root could be got back");
		return ERR_DENIED;
	}
	return ERR_OK;
}

enum err harden_process(char error[HARDEN_ERROR_MAX])
{
	struct rlimit files, core = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(error, "no_new_privs");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &core) != 0)
		return fail(error, "core dumps off");
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return fail(error, "open files");
	files.rlim_cur = files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files) == 0 ? ERR_OK : fail(error, "open files");
}
