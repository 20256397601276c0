/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives a fleet that the guard's user owns to the service's own user. Early versions ran both as `caltrop`, so an
 * attacker who took over the guard's core on the service's machine could read the fleet's keys.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/fleet/fleet_conf.h"

#include <stdbool.h>
#include <sys/types.h>

#define MIGRATE_ERROR_MAX FLEET_CONF_ERROR_MAX

struct migrate_user {
	const char *name;
	uid_t uid;
	gid_t gid;
};

struct migrate {
	const char *dir;
	struct migrate_user from, to;
};

/* What migrate_fleet did. */
struct migrate_done {
	unsigned owners; /* the number of owners changed, the directory's included */
	bool conf;	 /* [server] user in server.conf was changed */
	unsigned left;	 /* files that the old user owns still: they are not plain files, or have a second hard link */
	char left_name[64]; /* the name of one of them */
};

/*
 * Give the directory, and the plain files in it that the old user owns, to the new user, and name the new user in
 * server.conf. Only root can. A fleet whose server.conf names another user is not changed. After an interruption the
 * next call finishes the work. ERR_BUSY: a service runs on the fleet. `error` is a whole sentence.
 */
ERR_CHECK enum err migrate_fleet(const struct migrate *m, struct migrate_done *done, char error[MIGRATE_ERROR_MAX]);

/*
 * The same from the guard's user to the service's (agent/base/users.h); prints on standard error what it did. ERR_OK
 * also when there is nothing to do, and when the service's user does not exist or the caller is not root: then it
 * prints what to do.
 */
ERR_CHECK enum err migrate_default(const char *dir, char error[MIGRATE_ERROR_MAX]);
