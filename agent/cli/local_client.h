/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one request to the guard's control socket and reads the rows of its answer. */
#pragma once

#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stddef.h>

#define LOCAL_CLIENT_ANSWER_MAX (4u * 1024 * 1024)
#define LOCAL_CLIENT_TIMEOUT_S 10

/*
 * Send `request`, one line without its LF, to the socket at `path`. *answer holds whole rows; the caller gives
 * answer->data to free(3). ERR_NOT_FOUND (there is no socket, so no guard runs), ERR_DENIED, ERR_TIMEOUT, ERR_TOO_LONG,
 * ERR_IO.
 */
ERR_CHECK enum err local_client_ask(const char *path, const char *request, struct str *answer);
