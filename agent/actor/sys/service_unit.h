/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of systemd that are a service: NAME.service, and NAME.socket, by which systemd itself waits for connections and
 * starts NAME.service or NAME@.service when one comes (systemd.unit(5), systemd.socket(5)). Its functions are those of
 * a row of service_boot.c.
 */
#pragma once

#include "agent/actor/sys/service.h"
#include "agent/base/str.h"

/*
 * Find the files of its units and what starts them at boot: links in *.wants and *.requires of /etc/systemd/system, or,
 * where a unit stands for a script of System V, that one's links. What the distribution's own folders start, or what is
 * started for sysinit.target and basic.target, is `early`. ERR_NOT_FOUND; ERR_INVALID: it is another name of a unit.
 */
ERR_CHECK enum err service_unit_find(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX]);

/* Switch those links off and on; see service_links.h and service_sysv.h, whose errors these have. */
ERR_CHECK enum err service_unit_off(const char *name, const struct service_boot *boot);
ERR_CHECK enum err service_unit_on(const char *name, const struct service_boot *boot);

/* The TCP ports that NAME.socket and its drop-ins name, whether or not it waits for connections. Their number. */
unsigned service_unit_ports(const char *name, const struct service_boot *boot, uint16_t ports[SERVICE_PORTS_MAX]);

/* Pure: the port of one line of such a file; 0: it names none. */
uint16_t service_unit_port(struct str line);
