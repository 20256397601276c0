/* SPDX-License-Identifier: Apache-2.0 */
/* What the device says about itself in its hello: names of the system, of this build, of this boot. */
#pragma once

#include "agent/uplink/uplink.h"

/* Read once; the texts are static. Reads /proc, so before the sandbox. */
const struct uplink_about *about_read(void);
