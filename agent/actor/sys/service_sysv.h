/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services in the manner of System V: /etc/init.d/NAME with links /etc/rc[2-5].d/SnnNAME, or, as BusyBox' init has it,
 * /etc/init.d/SnnNAME alone. Its functions are those of a row of service_boot.c.
 */
#pragma once

#include "agent/actor/sys/service.h"

/* Find script and links. Errors of service_look(). */
ERR_CHECK enum err service_sysv_find(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX]);

/* The script /etc/init.d/NAME alone, which other managers have, too. The same errors. */
ERR_CHECK enum err service_sysv_script(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX]);

/* The links alone: fills place, and sets starts and early where there are some. */
void service_sysv_links(const char *name, struct service_boot *out);

/*
 * Rename what starts it at boot, SnnNAME, to what stops it, K(100-nn)NAME, as update-rc.d(8) does. ERR_EXISTS: a link
 * of that name is there already. The errors of renameat(2). What was renamed before an error stays so.
 */
ERR_CHECK enum err service_sysv_off(const char *name, const struct service_boot *boot);

/* Take that back; places without a link are left alone. What is there already, or is gone, is passed over. */
ERR_CHECK enum err service_sysv_on(const char *name, const struct service_boot *boot);
