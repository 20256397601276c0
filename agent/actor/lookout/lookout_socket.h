/* SPDX-License-Identifier: Apache-2.0 */
/* The socket between the lookout and the core, of which caltropd keeps both ends. One for each process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Make it, once. Returns another descriptor of the core's end, or -1 with errno. */
int lookout_socket_open(void);

/* Send one sample. False: the core has not read what waits, and there is no more room. */
bool lookout_socket_send(const void *sample, size_t len);
