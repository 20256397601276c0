/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the Sigma specification that packs have numbers for. */
#include "proto/pack.h"

const char *pack_level_name(uint8_t level)
{
	static const char *const names[PACK_LEVELS] = {"", "informational", "low", "medium", "high", "critical"};

	return level < PACK_LEVELS ? names[level] : "";
}

const char *pack_status_name(uint8_t status)
{
	static const char *const names[PACK_STATUSES] = {"",	   "experimental", "test",
							 "stable", "deprecated",   "unsupported"};

	return status < PACK_STATUSES ? names[status] : "";
}

const char *pack_correlation_name(uint8_t type)
{
	static const char *const names[PACK_CORRELATION_TYPES] = {"", "event_count", "value_count", "temporal",
								  "temporal_ordered"};

	return type < PACK_CORRELATION_TYPES ? names[type] : "";
}
