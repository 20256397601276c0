/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that only root can make and the core then owns. Each returns a descriptor or -1 with errno. */
#pragma once

#include <sys/types.h>

/* RUN_DIR/caltrop.sock, listening, mode 0660 root:gid. */
int sockets_local(const char *run_dir, gid_t gid);

/* A bound datagram socket that everybody may write to. EADDRINUSE: another program reads it; it keeps it. */
int sockets_syslog(const char *path);

/* Audit records by multicast (AUDIT_NLGRP_READLOG of linux/audit.h), beside whoever else reads them. */
int sockets_audit(void);
