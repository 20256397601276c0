/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the device says about itself in its Hello (proto/caltrop/v1/link.proto): its system, this build and this boot.
 */
#pragma once

#include "agent/uplink/uplink.h"

/* Read the facts. The struct and its texts are static. It reads /proc, so it must be called before the sandbox. */
const struct uplink_about *about_read(void);
