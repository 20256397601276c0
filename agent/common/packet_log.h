/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's log of packets over netlink: linux/netfilter/nfnetlink_log.h. caltropd binds a socket to a group; the
 * core reads what the rules of our table log to that group. Pure.
 */
#pragma once

#include "agent/base/netlink.h"
#include "agent/common/packet_sample.h"

#include <stdbool.h>
#include <stdint.h>

#define PACKET_LOG_SNAPLEN 128 /* bytes of a packet: the headers, with some extension headers of IPv6 */
#define PACKET_LOG_BATCH 16    /* packets in one datagram, or what came within PACKET_LOG_WAIT */
#define PACKET_LOG_WAIT 2      /* hundredths of a second */

/*
 * Append the request that binds the socket to a group and says how much of a packet, and how many at once, it gets.
 * The kernel answers EPERM where another socket has the group.
 */
void packet_log_bind(struct netlink_out *o, uint16_t group);

/*
 * Read one message as a sample of kind LOGGED. False: it is something else, damaged, a later fragment, or neither TCP
 * nor UDP.
 */
bool packet_log_read(const struct netlink_message *m, struct packet_sample *out);
