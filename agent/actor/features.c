/* SPDX-License-Identifier: Apache-2.0 */
/* --features: the options of Kconfig as this program was compiled with them. */
#include "agent/actor/features.h"

#include "proto/verb.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
#define SWITCH(name) {#name, IS_ENABLED(name)}
/* clang-format on */

static const struct {
	const char *name;
	bool on;
} switches[] = {
	SWITCH(CONFIG_SOURCE_SYSLOG),	SWITCH(CONFIG_SOURCE_AUDIT),	SWITCH(CONFIG_SENSOR_SSHD),
	SWITCH(CONFIG_SENSOR_DROPBEAR), SWITCH(CONFIG_SENSOR_PAM),	SWITCH(CONFIG_SENSOR_LOGIN),
	SWITCH(CONFIG_SENSOR_SU),	SWITCH(CONFIG_SENSOR_SUDO),	SWITCH(CONFIG_SENSOR_VSFTPD),
	SWITCH(CONFIG_SENSOR_PROFTPD),	SWITCH(CONFIG_SENSOR_PUREFTPD), SWITCH(CONFIG_SENSOR_LIGHTTPD),
	SWITCH(CONFIG_SENSOR_LUCI),	SWITCH(CONFIG_SENSOR_INETD),	SWITCH(CONFIG_SENSOR_NGINX),
	SWITCH(CONFIG_SENSOR_AUDIT),	SWITCH(CONFIG_UPLINK),		SWITCH(CONFIG_SANDBOX_LANDLOCK),
	SWITCH(CONFIG_LOCAL_CLI),	SWITCH(CONFIG_TOOL_PARSE),	SWITCH(CONFIG_TOOL_REPLAY),
	SWITCH(CONFIG_CUSTOM_DECODERS), SWITCH(CONFIG_ACCESS_LOGS),
};

static const struct {
	const char *name;
	long value;
} numbers[] = {
	{"CONFIG_EFFECTS_MAX", CONFIG_EFFECTS_MAX},
	{"CONFIG_LINE_MAX", CONFIG_LINE_MAX},
	{"CONFIG_RULE_SRCS_MAX", CONFIG_RULE_SRCS_MAX},
	{"CONFIG_INCIDENTS_MAX", CONFIG_INCIDENTS_MAX},
	{"CONFIG_SPOOL_SEGMENT_BYTES", CONFIG_SPOOL_SEGMENT_BYTES},
};

/* A verb that undoes another is built with it, and has no option of its own. */
static void print_verbs(FILE *out)
{
	for (uint16_t number = VERB_NONE + 1; number < VERB_MAX; number++) {
		const struct verb_row *row = verb_row(number);
		char name[16];
		size_t len = 0;

		if (row->undoes)
			continue;
		for (; row->name[len] && len < sizeof(name) - 1; len++)
			name[len] = (char)toupper((unsigned char)row->name[len]);
		name[len] = '\0';
		fprintf(out, row->built ? "%s_%s=y\n" : "# %s_%s is not set\n",
			"CONFIG_"
			"ACTION",
			name);
	}
}

void features_print(FILE *out)
{
	print_verbs(out);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		fprintf(out, switches[i].on ? "%s=y\n" : "# %s is not set\n", switches[i].name);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		fprintf(out, "%s=%ld\n", numbers[i].name, numbers[i].value);
}
