/* SPDX-License-Identifier: Apache-2.0 */
/* The starter's own half: from a request to a program, or to a refusal. */
#pragma once

#include "agent/actor/starter/starter.h"

/* Serve the requests of the socket, whose other end is caltropd's, until that is closed. Does not return. */
_Noreturn void starter_serve(int socket, const struct settings *s);
