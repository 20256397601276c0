/* SPDX-License-Identifier: Apache-2.0 */
/* The part of sshd's messages that is about connections rather than accounts. Used by sshd.c alone. */
#pragma once

#include "agent/base/str.h"
#include "agent/event/event.h"

#include <stdbool.h>

/*
 * s is a message without "error: " and " [preauth]"; preauth says whether the latter was there. *a holds the
 * service only; on false its content means nothing.
 */
bool sshd_preauth(struct str s, bool preauth, struct auth_event *a);
