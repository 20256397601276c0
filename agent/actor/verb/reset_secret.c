/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a secret in a file of root's; see reset_secret.h. */
#include "agent/actor/verb/reset_secret.h"

#include "agent/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* No account's name has a colon. */
void reset_secret_path(const struct verb_args *args, int64_t wall_s, char path[RESET_SECRET_PATH])
{
	snprintf(path, RESET_SECRET_PATH, "secrets/%s%s-%lld", args->name[0] ? "credential:" : "",
		 args->name[0] ? args->name : args->account, (long long)wall_s);
}

enum err reset_secret_keep(struct actor *a, const char *path, const char *secret)
{
	char text[WORKER_SECRET_MAX + 1];
	enum err err = ERR_OK;
	int len, fd;

	if (mkdirat(a->state_dir, "secrets", 0700) != 0 && errno != EEXIST)
		return err_from_errno(errno);
	err = regular_open(a->state_dir, path, O_WRONLY | O_CREAT | O_TRUNC, &fd);
	if (err != ERR_OK)
		return err;
	len = snprintf(text, sizeof(text), "%s\n", secret);
	errno = ENOSPC; /* of a write that is short */
	if (write(fd, text, (size_t)len) != len || fsync(fd) != 0)
		err = err_from_errno(errno);
	close(fd);
	key_wipe(text, sizeof(text));
	return err;
}
