/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A saved state of any bytes, with a good checksum, as another build or a broken disk may leave one: a core reads it,
 * goes on with lines, time and questions, and what it saves then is read again.
 */
#include "agent/base/hash.h"
#include "agent/base/require.h"
#include "agent/core/core.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STATE_MAX_BYTES (256u << 10)

static struct settings settings;
static struct core_limits limits;
static void *memory;
static uint8_t saved[STATE_MAX_BYTES];
static size_t saved_len;

static void feed(struct core *core, const struct input *input, struct now now)
{
	struct effect e;

	core_feed(core, input, now);
	while (core_take(core, &e)) {
		if (e.kind == EFFECT_ACT)
			require(verb_args_valid(&e.act->args));
		if (e.kind != EFFECT_SAVE)
			continue;
		require(e.bytes.len <= sizeof(saved));
		memcpy(saved, e.bytes.data, saved_len = e.bytes.len);
	}
}

static void live_on(struct now now)
{
	static const char *const requests[] = {"bans", "incidents", "health", "counters", "explain 192.0.2.5"};
	const struct core_random random = {{1, 2}, {3}};
	struct core *core = core_init(memory, &limits, &settings, &random);
	struct input line = {.kind = INPUT_LINE, .place = {9, 100, 77, 256}};

	feed(core, &(struct input){.kind = INPUT_RESTORE, .bytes = {(const char *)saved, saved_len}}, now);
	line.bytes = STR("Nov 14 22:13:20 device sshd[910]: Failed password for root from 192.0.2.5 port 4000 ssh2");
	for (int i = 0; i < 6; i++)
		feed(core, &line, now);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		feed(core, &(struct input){.kind = INPUT_CONTROL, .bytes = str_from(requests[i])}, now);
	now.mono_us += 10 * SECOND_US;
	now.wall_us += 10 * SECOND_US;
	feed(core, &(struct input){.kind = INPUT_TICK}, now);
	feed(core, &(struct input){.kind = INPUT_SAVE}, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct now now = {400 * SECOND_US, 1700000300 * SECOND_US};
	struct buf crc;

	if (size < 8 || size > sizeof(saved))
		return 0;
	if (!memory) {
		settings_default(&settings);
		core_limits_default(&limits);
		limits.srcs_max = limits.attempts_max = 256;
		limits.incidents_max = limits.bans_max = 32;
		memory = aligned_alloc(16, (core_size(&limits) + 15) / 16 * 16);
		require(memory != NULL);
	}
	memcpy(saved, data, saved_len = size);
	crc = buf_over(saved + size - 4, 4);
	buf_be32(&crc, hash_crc32c(0, saved, size - 4));
	live_on(now);
	live_on(now);
	return 0;
}
