/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket of a loop. */
#pragma once

#include "server-stub/gateway/link.h"

/* Listen at the address in server.conf; each connection becomes a link. ERR_IO: `error` is a sentence. */
ERR_CHECK enum err link_accept_open(struct links *links, char error[LINK_TLS_ERROR_MAX]);
