/* SPDX-License-Identifier: Apache-2.0 */
/* The start script of a service and the links that start it at boot. */
#pragma once

#include "agent/actor/sys/service.h"

/* Find script and links. Errors of service_look(). */
ERR_CHECK enum err service_boot_find(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX]);

/*
 * Rename what starts it at boot, SnnNAME, to what stops it, K(100-nn)NAME, as update-rc.d(8) does. ERR_EXISTS: a link
 * of that name is there already. The errors of renameat(2). What was renamed before an error stays so.
 */
ERR_CHECK enum err service_boot_off(const char *name, const struct service_boot *boot);

/* Take that back; places without a link are left alone. What is there already, or is gone, is passed over. */
ERR_CHECK enum err service_boot_on(const char *name, const struct service_boot *boot);
