/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connecting or connected socket in the loop. It is allocated, because libuv uses a closed handle for one more turn.
 */
#pragma once

#include <uv.h>

struct socket_watch;

/*
 * Take over a socket. `ready` gets UV_READABLE and UV_WRITABLE, or a negative error of libuv. NULL: out of memory; the
 * socket is closed.
 */
struct socket_watch *socket_watch_new(uv_loop_t *uv, int fd, void (*ready)(void *arg, int events), void *arg);

/* Set the events to wait for, UV_READABLE and UV_WRITABLE; 0: none. */
void socket_watch_for(struct socket_watch *w, int events);

/* Free w, and return the socket, which is then the caller's. `ready` is not called any more. */
int socket_watch_release(struct socket_watch *w);

/* Free w and close the socket. `ready` is not called any more. NULL does nothing. */
void socket_watch_close(struct socket_watch *w);
