/* SPDX-License-Identifier: Apache-2.0 */
/* One question to the guard's control socket: connect, ask, read rows to the end. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stddef.h>

#define LOCAL_CLIENT_ANSWER_MAX (4u * 1024 * 1024)
#define LOCAL_CLIENT_TIMEOUT_S 10

/*
 * Ask `request` (one line without its LF) at the socket `path`. *answer is allocated (free(3) answer->data) and holds
 * whole rows. ERR_NOT_FOUND (no socket: no guard), ERR_DENIED, ERR_TIMEOUT, ERR_TOO_LONG, ERR_IO.
 */
ERR_CHECK enum err local_client_ask(const char *path, const char *request, struct str *answer);
