/* SPDX-License-Identifier: Apache-2.0 */
/* Who manages services on this machine, and what starts one of them at boot, as he has it. */
#pragma once

#include "agent/actor/sys/service.h"

/* Who manages services here, as what only he leaves shows. SERVICE_NONE: nobody that is known. */
enum service_manager service_boot_manager(void);

/* Find script or units, and links. Errors of service_look(). */
ERR_CHECK enum err service_boot_find(enum service_manager manager, const char *name, struct service_boot *out,
				     char why[SERVICE_WHY_MAX]);

/*
 * Rename what starts it at boot, so that it is not started: see service_sysv.h and service_links.h. What was renamed
 * before an error stays so.
 */
ERR_CHECK enum err service_boot_off(const char *name, const struct service_boot *boot);

/* Take that back. What is there already, or is gone, is passed over. */
ERR_CHECK enum err service_boot_on(const char *name, const struct service_boot *boot);
