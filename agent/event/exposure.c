/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of exposure events. JSON has the words of the small enumerations, so they are never changed. */
#include "agent/event/kinds.h"

static const char *const actions[EXPOSURE_ACTIONS] = {"found", "fixed", "skipped", "pending"};

/* As OCSF's severity_id, by enum severity. */
static const char *const levels[] = {NULL, "informational", "low", "medium", "high", "critical"};

#define AT(member) offsetof(struct event, exposure.member)

static const struct field fields[] = {
	{.name = "action",
	 .type = FIELD_WORD,
	 .tag = 1,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(action),
	 FIELD_WORDS(actions),
	 .ocsf = "activity_name"},
	{.name = "level",
	 .type = FIELD_WORD,
	 .tag = 2,
	 .flags = FIELD_SHOWN,
	 .offset = AT(level),
	 FIELD_WORDS(levels),
	 .ocsf = "severity"},
	{.name = "id",
	 .type = FIELD_TEXT,
	 .tag = 3,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(id),
	 .ocsf = "finding_info.uid"},
	{.name = "object",
	 .type = FIELD_BYTES,
	 .tag = 4,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(object),
	 .ocsf = "resources.name"},
	{.name = "evidence",
	 .type = FIELD_TEXT,
	 .tag = 5,
	 .flags = FIELD_SHOWN,
	 .offset = AT(evidence),
	 .ocsf = "finding_info.desc"},
	{.name = "remedy",
	 .type = FIELD_TEXT,
	 .tag = 6,
	 .flags = FIELD_SHOWN,
	 .offset = AT(remedy),
	 .ocsf = "remediation.desc"},
	{.name = "since", .type = FIELD_TIME, .tag = 7, .flags = FIELD_DETAIL, .offset = AT(since_s)},
	{.name = "account",
	 .type = FIELD_BYTES,
	 .tag = 8,
	 .flags = FIELD_DETAIL | FIELD_IS_ACCOUNT,
	 .offset = AT(account),
	 .ocsf = "user.name"},
};

const struct event_row exposure_row = {"exposure", EVENT_EXPOSURE, 36, FIELD_COUNT(fields), fields, NULL};
