/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links that start services at boot, one in each folder whose service manager is to start it: *.wants of systemd,
 * runlevels of OpenRC, rc.d of procd. Such a link is switched off by a name that begins with a dot, which all of them
 * pass over: where it was and where it led stays with it, so that it can be taken back exactly, by anybody.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>

#define SERVICE_LINKS_PREFIX ".caltrop-" /* of one that is switched off: ".caltrop-telnet.socket" */

struct service_links {
	const char *parent; /* "/etc/systemd/system": the folder of the folders */
	const char *inside; /* their names, as fnmatch(3) has them: "*.wants" */
	bool numbered;	    /* the link is SnnNAME, and not NAME */
};

/* Whether there is one for that name; also true where that cannot be seen. */
bool service_links_find(const struct service_links *l, const char *name);

/*
 * Switch all of them off, over what was switched off there before. The errors of open(2), renameat(2) and fsync(2);
 * what was renamed before an error stays so.
 */
ERR_CHECK enum err service_links_hide(const struct service_links *l, const char *name);

/* Take that back. Where somebody made such a link in the meantime his stays, and ours goes. The same errors. */
ERR_CHECK enum err service_links_show(const struct service_links *l, const char *name);
