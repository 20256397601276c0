/* SPDX-License-Identifier: Apache-2.0 */
/* Which service a program name, a PAM service name or an executable stands for. */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

/* Set service, and service_name when it is SERVICE_OTHER. A name given as path loses its folders. */
void service_set(struct auth_event *a, struct str name);
