/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds a core that has the dummy sensor: a good input, a damaged one, and then asks what it knows. */
#include "agent/base/require.h"
#include "agent/core/core.h"
#include "agent/sensors/sensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct settings settings;
static struct core *core;
static unsigned records;
static char said[65536];
static size_t said_len;

static void feed(const struct input *input)
{
	struct effect e;

	core_feed(core, input, (struct now){100 * SECOND_US, 1700000000 * SECOND_US});
	while (core_take(core, &e)) {
		records += e.kind == EFFECT_RECORD && memmem(e.bytes.data, e.bytes.len, "dummyd", 6);
		if (e.kind != EFFECT_REPLY)
			continue;
		require(said_len + e.bytes.len < sizeof(said));
		memcpy(said + said_len, e.bytes.data, e.bytes.len);
		said_len += e.bytes.len;
	}
}

static void sample(struct str bytes)
{
	feed(&(struct input){.kind = INPUT_SAMPLE, .source = SENSORS_SOURCE_DUMMY, .bytes = bytes});
}

static bool answers(const char *request, const char *text)
{
	said_len = 0;
	feed(&(struct input){.kind = INPUT_CONTROL, .bytes = str_from(request), .token = 1});
	said[said_len] = '\0';
	if (!strstr(said, text))
		printf("\"%s\" does not say \"%s\"\n", request, text);
	return strstr(said, text) != NULL;
}

int main(void)
{
	struct core_random random = {{1, 2}, {3}};
	struct core_limits limits;

	settings_default(&settings);
	core_limits_default(&limits);
	core = core_init(aligned_alloc(16, (core_size(&limits) + 15) / 16 * 16), &limits, &settings, &random);
	sample((struct str){"\x1f\x90"
			    "dummyd",
			    8});
	sample((struct str){"\x1f", 1});
	bool good = answers("table dummies", "port#8080") && answers("table dummies", "name=dummyd") &&
		    answers("counters", "name=dummy_damaged\tvalue#1");

	if (records != 1)
		printf("%u records, expected 1\n", records);
	return !good || records != 1;
}
