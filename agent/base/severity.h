/* SPDX-License-Identifier: Apache-2.0 */
/* How severe an event is: Sigma's levels with the numbers of OCSF's severity_id. Records carry them. */
#pragma once

#include <stdint.h>

enum severity { SEV_INFO = 1, SEV_LOW = 2, SEV_MEDIUM = 3, SEV_HIGH = 4, SEV_CRITICAL = 5 };

/* Sigma's word, as the guard's and the service's JSON have it: "high". "unset" for what is none. */
const char *severity_name(unsigned severity);

/* What the highest level of an incident's rules is in its score: 5, 20, 40, 60 or 80; 0 for what is none. */
uint8_t severity_score(unsigned severity);
