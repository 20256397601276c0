/* SPDX-License-Identifier: Apache-2.0 */
/* The words and scores for severities. Pure. */
#include "agent/base/severity.h"

const char *severity_name(unsigned severity)
{
	static const char *const names[] = {"unset", "informational", "low", "medium", "high", "critical"};

	return names[severity < sizeof(names) / sizeof(names[0]) ? severity : 0];
}

uint8_t severity_score(unsigned severity)
{
	static const uint8_t scores[] = {0, 5, 20, 40, 60, 80};

	return scores[severity < sizeof(scores) / sizeof(scores[0]) ? severity : 0];
}
