/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the sockets that only root can make, for the core. Each function returns a descriptor, or -1 and sets errno. */
#pragma once

#include "agent/common/settings.h"

#include <sys/types.h>

/*
 * Make RUN_DIR/caltrop.sock, listening, with mode 0660 and owner root:gid. Where another program listens there, as the
 * core of a guard that was killed a moment ago, waits up to patience_ms for its end; then EADDRINUSE.
 */
int sockets_local(const char *run_dir, gid_t gid, int patience_ms);

/* The settings' syslog socket, bound; everybody may write to it. EADDRINUSE: another program reads it, and keeps it. */
int sockets_syslog(const struct settings *settings);

/* Audit records by multicast (AUDIT_NLGRP_READLOG of linux/audit.h), beside whoever else reads them. */
int sockets_audit(const struct settings *settings);

/* What the kernel tells of its objects (NETLINK_KOBJECT_UEVENT), which everybody may read. */
int sockets_uevent(const struct settings *settings);
