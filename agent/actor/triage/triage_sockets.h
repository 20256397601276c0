/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables listeners.jsonl and connections.jsonl: the TCP and UDP sockets of proc_pid_net(5). They are read first,
 * get their owners while processes are walked, and are written then.
 */
#pragma once

#include "agent/actor/triage/triage.h"
#include "agent/base/addr.h"
#include "agent/common/process_sample.h"

#define TRIAGE_SOCKETS_MAX 4096 /* more are counted */

struct triage_sockets {
	unsigned count, more;
	struct triage_socket {
		uint64_t inode; /* 0: it has none any more */
		struct addr local, remote;
		uint16_t local_port, remote_port;
		uint8_t state; /* as the kernel numbers them; 7 of UDP: not connected */
		bool udp;
		uint32_t uid, pid; /* pid 0: nobody's that was found */
		char name[PROCESS_SAMPLE_NAME];
	} list[TRIAGE_SOCKETS_MAX]; /* in the order of inodes */
};

void triage_sockets_read(struct triage *c, struct triage_sockets *s);

/* A process has a socket. The first that is told of is its owner. */
void triage_sockets_own(struct triage_sockets *s, uint64_t inode, const struct process_sample *owner);

void triage_sockets_write(struct triage *c, const struct triage_sockets *s);
