/* SPDX-License-Identifier: Apache-2.0 */
/* The source of what the kernel tells of modules and USB devices, on a netlink socket that caltropd has opened. */
#pragma once

#include "agent/source/source.h"

extern const struct source_row uevent_socket_row;
