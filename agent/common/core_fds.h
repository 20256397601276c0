/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptors that the core inherits from caltropd, by number. It inherits no others. A row that says "or closed"
 * may be absent; fcntl(2) then fails with EBADF. The core sets FD_CLOEXEC on all of them when it starts.
 */
#pragma once

enum core_fd {
	CORE_FD_SETTINGS = 3, /* sealed memfd: the merged INI text (agent/common/settings.h), read from offset 0 */
	CORE_FD_ACTOR = 4,    /* SOCK_SEQPACKET socket to the actor (agent/common/message.h) */
	CORE_FD_INOTIFY = 5,  /* non-blocking inotify(7) instance, shared with the actor, which adds the watches */
	CORE_FD_LOCAL = 6,    /* listening UNIX stream socket RUN_DIR/caltrop.sock, or closed */
	CORE_FD_SYSLOG = 7, /* bound UNIX datagram socket, or closed ([auth] syslog_socket is empty, or bind failed) */
	CORE_FD_AUDIT = 8,  /* audit netlink socket in the group AUDIT_NLGRP_READLOG, or closed */
	CORE_FD_STATE = 9,  /* directory STATE_DIR/core, owned by the guard's user, 0700: spool and saved state */
	CORE_FD_IDENTITY = 10,	     /* directory STATE_DIR/identity, owned by the guard's user, 0700 */
	CORE_FD_TRUST = 11,	     /* directory STATE_DIR/trust, written by root only */
	CORE_FD_JOURNAL = 12,	     /* the directory of the journal's files, or closed */
	CORE_FD_JOURNAL_WATCH = 13,  /* inotify(7) instance that watches it, or closed */
	CORE_FD_PROCESS_RING = 14,   /* BPF ring buffer map of process samples (common/process_sample.h), or closed */
	CORE_FD_PROCESS_COUNTS = 15, /* BPF array map, struct process_counts, or closed */
	CORE_FD_PROCESS_CONNECTOR = 16, /* netlink socket of the proc connector, or closed */
	CORE_FD_PROCESS_LIST = 17,	/* memfd: what runs as the core starts, or closed */
	CORE_FD_SOCKET_DIAG = 18,	/* netlink socket of sock_diag(7), to ask what listens, or closed */
	CORE_FD_SOCKET_CLOSES = 19,	/* another one, on which the kernel tells of sockets that are gone, or closed */
	CORE_FD_SOCKET_CONNTRACK = 20,	/* netlink socket of connection tracking's new entries, or closed */
	CORE_FD_SOCKET_RING = 21,	/* BPF ring buffer map of socket samples (common/socket_sample.h), or closed */
	CORE_FD_SOCKET_COUNTS = 22,	/* BPF array map, struct socket_counts, or closed */
	CORE_FD_SOCKET_LIST = 23,	/* memfd: what listens as the core starts, and whose it is, or closed */
	CORE_FD_MOUNTS = 24, /* /proc/self/mountinfo of caltropd: poll(2) tells of each mount (proc_pid_mountinfo(5)) */
	CORE_FD_PROCESS_AUDIT = 25,  /* audit netlink socket, as CORE_FD_AUDIT, for records of execs, or closed */
	CORE_FD_READING = 26,	     /* memfd: struct reading_page (common/reading.h), or closed */
	CORE_FD_PACKET_LOG = 27,     /* netlink socket of nfnetlink_log, bound to [firewall] log_group, or closed */
	CORE_FD_PACKET_GIVEN = 28,   /* UNIX socket with one message: struct packet_given (common/packet_sample.h) */
	CORE_FD_PACK = 29,	     /* the installed pack of rules, or that of the settings, or closed */
	CORE_FD_PACKS = 30,	     /* directory STATE_DIR/objects/rules: packs that the service sent, or closed */
	CORE_FD_LOOKOUT = 31,	     /* SOCK_SEQPACKET socket of samples (common/lookout_sample.h), or closed */
	CORE_FD_UEVENT = 32,	     /* netlink socket on which the kernel tells of its objects, or closed */
	CORE_FD_EXPOSURE = 33,	     /* UNIX socket, struct exposure_sample in each datagram, or closed */
	CORE_FD_EXPOSURE_WATCH = 34, /* inotify(7) instance on directories of settings, or closed */
	CORE_FD_END = 35,
};
