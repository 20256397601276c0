/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caltropd opens for the source of listeners and connections. The rows of opened.c call these in their order. Each
 * returns a descriptor, or -1 with errno.
 */
#pragma once

#include "agent/common/settings.h"

/* A socket on which the core asks what listens. */
int socket_open_diag(const struct settings *settings);

/* A socket on which the kernel tells of sockets without another end that are gone. */
int socket_open_closes(const struct settings *settings);

/* A socket on which the kernel tells of connections that it begins to track. errno 0: it tracks none, or not asked for.
 */
int socket_open_conntrack(const struct settings *settings);

/* The map of the ring of connections, by caltrop-bpf. */
int socket_open_ring(const struct settings *settings);

/* The map of the ring's counts. errno 0: there is no ring. */
int socket_open_counts(const struct settings *settings);

/*
 * A memfd with struct socket_list and a sample (common/socket_sample.h) of each socket that listens now, with its
 * owner, which only root can find: the one of its processes with the smallest number. Must be opened after the ring.
 */
int socket_open_list(const struct settings *settings);
