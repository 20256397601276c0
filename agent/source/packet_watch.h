/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source of packets to ports that nobody serves: the kernel's log of them over netlink (common/packet_log.h), and
 * who connects to a decoy, where the device itself listens. Every connection to a decoy is reset at once; nothing is
 * read from it.
 */
#pragma once

#include "agent/source/source.h"

extern const struct source_row packet_watch_row;
