/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The links of one loop: a thread, a listener on the port that all loops share (SO_REUSEPORT), the connections that the
 * kernel gives to it, their TLS, and a handle of the store for reading. gateway.c starts several and sends them mail.
 */
#pragma once

#include "server-stub/gateway/link.h"

/* Open the store and TLS, listen, and start the thread. On an error nothing runs, and `error` is a sentence. */
ERR_CHECK enum err links_start(struct link_shared *shared, unsigned index, struct links **out,
			       char error[LINK_TLS_ERROR_MAX]);

/* Wait for the thread and free the links. Post LOOP_END before. */
void links_join(struct links *links);
