/* SPDX-License-Identifier: Apache-2.0 */
/* How much something matters: Sigma's levels and OCSF's severity_id. Plain numbers; records carry them. */
#pragma once

enum severity { SEV_INFO = 1, SEV_LOW = 2, SEV_MEDIUM = 3, SEV_HIGH = 4, SEV_CRITICAL = 5 };
