/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that only root can make and the core then owns. Each returns a descriptor or -1 with errno. */
#pragma once

#include "agent/common/settings.h"

#include <sys/types.h>

/* RUN_DIR/caltrop.sock, listening, mode 0660 root:gid. */
int sockets_local(const char *run_dir, gid_t gid);

/* The settings' syslog socket, bound; everybody may write to it. EADDRINUSE: another program reads it; it keeps it. */
int sockets_syslog(const struct settings *settings);

/* Audit records by multicast (AUDIT_NLGRP_READLOG of linux/audit.h), beside whoever else reads them. */
int sockets_audit(const struct settings *settings);
