/* SPDX-License-Identifier: Apache-2.0 */
/* Which service a program name, a PAM service name or an executable stands for. */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

/* Set a->service, and a->service_name when it is SERVICE_OTHER. Of a path only the last part is used. */
void service_set(struct auth_event *a, struct str name);
