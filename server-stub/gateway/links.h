/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of one loop: a thread, a listener of its own on the common port (SO_REUSEPORT), the connections that the
 * kernel deals out to it, their TLS and their read handle of the store. gateway.c starts several and sends them mail.
 */
#pragma once

#include "server-stub/gateway/link.h"

/* Opens everything and listens, then starts the thread. On an error `error` is a sentence. */
ERR_CHECK enum err links_start(struct link_shared *shared, unsigned index, struct links **out,
			       char error[LINK_TLS_ERROR_MAX]);

/* After LOOP_END was posted: wait for the thread and free everything. */
void links_join(struct links *links);
