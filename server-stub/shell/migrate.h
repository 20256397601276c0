/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands a fleet that was made for the guard's user over to the service's own. At first both ran as `caltrop`, so that
 * whoever took over the guard's core on the service's machine could read the fleet's keys.
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

/* What was done. */
struct migrate_done {
	unsigned owners;    /* changed, the directory's included */
	bool conf;	    /* [server] user in server.conf was changed */
	unsigned left;	    /* the old user's still, because they are no plain files, or have a second name elsewhere */
	char left_name[64]; /* one of those */
};

/*
 * Gives the directory and the plain files in it that belong to the old user to the new one, and names that one in
 * server.conf. Only root can. A fleet whose server.conf names somebody else is not touched. What was begun and not
 * finished is finished by the next call. ERR_BUSY: a service is running on it. error is a whole sentence.
 */
ERR_CHECK enum err migrate_fleet(const struct migrate *m, struct migrate_done *done, char error[MIGRATE_ERROR_MAX]);

/*
 * The same from the guard's user to the service's (agent/base/users.h), and says on standard error what was done. When
 * there is nothing to hand over that is ERR_OK; so it is when nobody is there to take it or this is not root, and then
 * what to do is said.
 */
ERR_CHECK enum err migrate_default(const char *dir, char error[MIGRATE_ERROR_MAX]);
