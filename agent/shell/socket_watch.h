/* SPDX-License-Identifier: Apache-2.0 */
/* A connecting or connected socket in the loop. It is allocated, because libuv lets go of handles only a turn later. */
#pragma once

#include <uv.h>

struct socket_watch;

/* `ready` gets UV_READABLE and UV_WRITABLE, or a negative error of libuv. Takes over fd. NULL: out of memory. */
struct socket_watch *socket_watch_new(uv_loop_t *uv, int fd, void (*ready)(void *arg, int events), void *arg);

/* What to wait for; 0: nothing. */
void socket_watch_for(struct socket_watch *w, int events);

/* Let go of the socket, which is the caller's then. */
int socket_watch_release(struct socket_watch *w);

/* Close the socket; `ready` is called no more. NULL is fine. */
void socket_watch_close(struct socket_watch *w);
