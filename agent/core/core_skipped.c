/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes an event of each line that is skipped, for records and for the rule `line_skipped`. Never looks at the line,
 * which is what ended two cores: the source keeps it (source/skipped.h).
 */
#include "agent/core/core_parts.h"

static const char *name_of(const struct core *c, uint16_t source)
{
	switch (source) {
	case CORE_SOURCE_JOURNAL: return "journal";
	case CORE_SOURCE_SYSLOG: return c->settings->syslog_socket;
	case CORE_SOURCE_AUDIT: return "audit";
	default: return source < SETTINGS_FILES_MAX ? core_place_path(c, source) : "";
	}
}

void core_skipped(struct core *c, const struct input *input)
{
	core_event(c,
		   &(struct event){
			   .kind = EVENT_EXPOSURE,
			   .severity = SEV_HIGH,
			   .count = 1,
			   .exposure =
				   {
					   .action = EXPOSURE_FOUND,
					   .level = SEV_HIGH,
					   .id = STR("line_skipped"),
					   .object = str_from(input->about ? input->about : name_of(c, input->source)),
					   .evidence = STR("what was read ended the guard's unprivileged half twice, "
							   "and is skipped since"),
					   .remedy = STR("core/skipped_lines of the state directory has it: look who "
							 "wrote it, and report it as a fault"),
					   .since_s = (uint64_t)(c->now.wall_us / SECOND_US),
				   },
		   });
}
