/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the service that the name of a program, of a PAM service or of an executable stands for. */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

/*
 * Set a->service, and a->service_name, which points into name, if it is SERVICE_OTHER. Of a path only the last part is
 * used.
 */
void service_set(struct auth_event *a, struct str name);
