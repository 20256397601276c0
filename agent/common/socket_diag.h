/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the kernel which sockets listen, and reads its answers: sock_diag(7), linux/inet_diag.h. caltropd asks when it
 * starts, because root alone can find the owners; the core asks from then on. Pure.
 */
#pragma once

#include "agent/base/netlink.h"
#include "agent/common/socket_sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Append the request for all listening sockets of a family (4 or 6) and a protocol (enum connection_protocol). */
void socket_diag_ask(struct netlink_out *o, uint8_t family, uint8_t protocol);

/*
 * Read one message, an answer or the news of an end, as a sample of kind LISTENS, with protocol as given. False: it is
 * something else, or damaged. `inode`: what /proc/PID/fd of the owner calls it, "socket:[inode]"; may be NULL.
 */
bool socket_diag_read(const struct netlink_message *m, uint8_t protocol, struct socket_sample *out, uint32_t *inode);
