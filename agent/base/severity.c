/* SPDX-License-Identifier: Apache-2.0 */
/* The words for severities. Pure. */
#include "agent/base/severity.h"

const char *severity_name(unsigned severity)
{
	static const char *const names[] = {"unset", "informational", "low", "medium", "high", "critical"};

	return names[severity < sizeof(names) / sizeof(names[0]) ? severity : 0];
}
