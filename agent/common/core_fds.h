/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptors caltropd leaves open for the core it executes, by number. The core finds all of them open except
 * where "or closed" stands; closed ones fail fcntl(2) with EBADF. Nothing else is inherited. All are close-on-exec no
 * more once the core runs, so the core sets FD_CLOEXEC again; it executes nothing anyway.
 */
#pragma once

enum core_fd {
	CORE_FD_SETTINGS = 3,  /* sealed memfd: the merged INI text (agent/common/settings.h), read from offset 0 */
	CORE_FD_ACTOR = 4,     /* SOCK_SEQPACKET socket to the actor (agent/common/message.h) */
	CORE_FD_INOTIFY = 5,   /* non-blocking inotify instance shared with the actor, which adds the watches */
	CORE_FD_LOCAL = 6,     /* listening UNIX stream socket RUN_DIR/caltrop.sock, or closed */
	CORE_FD_SYSLOG = 7,    /* bound UNIX datagram socket, or closed ([auth] syslog_socket empty or not possible) */
	CORE_FD_AUDIT = 8,     /* audit netlink socket in AUDIT_NLGRP_READLOG, or closed */
	CORE_FD_STATE = 9,     /* directory STATE_DIR/core, owned by the guard's user, 0700: spool and saved state */
	CORE_FD_IDENTITY = 10, /* directory STATE_DIR/identity, owned by the guard's user, 0700 */
	CORE_FD_TRUST = 11,    /* directory STATE_DIR/trust, written by root only */
	CORE_FD_END = 12,
};
