/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service of this machine as its start script, its processes, its open TCP ports and the links by which it is started
 * at boot show it, in the manner of System V: /etc/init.d/NAME with links /etc/rc[2-5].d/SnnNAME, or, as BusyBox' init
 * has it, /etc/init.d/SnnNAME alone. Who manages services otherwise is said and left alone.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/verb.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SERVICE_PORTS_MAX 8u
#define SERVICE_LEVELS 4u      /* runlevels 2 to 5 */
#define SERVICE_NO_LINK 0xffu  /* in no such runlevel */
#define SERVICE_SCRIPT_MAX 80u /* "/etc/init.d/S50" and a name */
#define SERVICE_WHY_MAX 96

/* How it is started at boot, and where from. */
struct service_boot {
	char script[SERVICE_SCRIPT_MAX]; /* as it is named now; empty: there is none */
	bool alone;		       /* the script's own name is what starts it: SnnNAME, or KnnNAME when it is off */
	bool starts;		       /* at boot */
	bool early;		       /* as a part of booting itself (rcS.d): never switched off */
	uint8_t place[SERVICE_LEVELS]; /* nn of its start link, or of the script's own name in the first one */
};

struct service_state {
	struct service_boot boot;
	unsigned processes; /* of it that live */
	int32_t pid;	    /* one of them */
	bool guard;	    /* this program, or the core, is among them */
	bool login;	    /* one is sshd or dropbear, through which people come in */
	unsigned port_count;
	uint16_t ports[SERVICE_PORTS_MAX]; /* TCP, on which they listen; more are not kept */
};

/*
 * Look at it. `core` is the guard's other process. ERR_NOT_FOUND: there is no such script; ERR_UNSUPPORTED: the machine
 * manages services in another way; ERR_DENIED: its script could be changed by others than root. Then `why` says so.
 */
ERR_CHECK enum err service_look(const char *name, pid_t core, struct service_state *out, char why[SERVICE_WHY_MAX]);

/* Whether nothing of it runs and none of the ports is open, whoever had them. Otherwise `why` names what is there. */
bool service_is_down(const struct service_state *now, const uint16_t *ports, unsigned count, char why[SERVICE_WHY_MAX]);
