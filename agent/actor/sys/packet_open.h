/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caltropd opens for the source of packets. The rows of opened.c call these in their order. Each returns a
 * descriptor, or -1 with errno (0: the second one says why).
 */
#pragma once

#include "agent/common/settings.h"

/* A socket on which the kernel gives the packets that nft_packets.h logs to the group of the settings. */
int packet_open_log(const struct settings *settings);

/*
 * One end of a pair in which waits struct packet_given with a listening socket for each decoy. The sockets are made
 * once: the next core gets the same ones, and what connects meanwhile waits for it.
 */
int packet_open_given(const struct settings *settings);
