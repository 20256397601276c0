/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service of this machine as its processes, its open TCP ports and the links by which it is started at boot show it.
 * What a service is depends on who manages services here: a script in the manner of System V, a unit of systemd, a
 * script of OpenRC or of OpenWrt's procd.
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
#define SERVICE_SCRIPT_MAX 96u /* "/usr/local/lib/systemd/system/", a name and ".service" */
#define SERVICE_WHY_MAX 96

enum service_manager {
	SERVICE_NONE, /* none that is known */
	SERVICE_SYSV,
	SERVICE_SYSTEMD,
	SERVICE_OPENRC,
	SERVICE_PROCD,
	SERVICE_MANAGERS
};

enum service_units { SERVICE_UNIT, SERVICE_SOCKET, SERVICE_UNITS };

/* How it is started at boot, and where from. */
struct service_boot {
	uint8_t manager;		 /* enum service_manager */
	char script[SERVICE_SCRIPT_MAX]; /* as it is named now; empty: there is none, as with systemd */
	struct {
		char path[SERVICE_SCRIPT_MAX]; /* of its file; empty: there is none */
		bool starts;		       /* at boot */
	} units[SERVICE_UNITS];		       /* of systemd */
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
	bool waits;	    /* systemd waits for connections to it, on one of the ports */
	bool unsure;	    /* its socket is none of TCP, so whether systemd waits cannot be seen */
	bool login;	    /* it is sshd or dropbear, through which people come in, or one of them is */
	unsigned port_count;
	uint16_t ports[SERVICE_PORTS_MAX]; /* TCP, on which they listen; more are not kept */
};

/* What is asked about. */
struct service_ask {
	enum service_manager manager;
	const char *name;
	pid_t core; /* the guard's other process */
};

/*
 * Look at it. ERR_NOT_FOUND: there is no such service; ERR_UNSUPPORTED: nobody known manages services here; ERR_DENIED:
 * its script could be changed by others than root; ERR_INVALID: it has another name. Then `why` says so.
 */
ERR_CHECK enum err service_look(const struct service_ask *ask, struct service_state *out, char why[SERVICE_WHY_MAX]);

/* Whether something of it runs, or would at the first connection. */
bool service_runs(const struct service_state *now);

/* The same, or whether that cannot be seen. */
bool service_may_run(const struct service_state *now);

/* Whether it does not run and none of the ports is open, whoever had them. Otherwise `why` names what is there. */
bool service_is_down(const struct service_state *now, const uint16_t *ports, unsigned count, char why[SERVICE_WHY_MAX]);
