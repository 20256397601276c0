/* SPDX-License-Identifier: Apache-2.0 */
/* Compares, draws waves, and judges one. Knows neither the service nor its API. */
#include "server-stub/desired/plan.h"

#include "agent/base/hash.h"

#include <stdlib.h>
#include <string.h>

const char *plan_state_name(enum plan_state state)
{
	static const char *const names[PLAN_STATES] = {
		[PLAN_SAME] = "as wanted",   [PLAN_MISSING] = "missing", [PLAN_OTHER] = "differs",
		[PLAN_WAITS] = "on its way", [PLAN_REFUSED] = "refused", [PLAN_BACK] = "taken back",
	};

	return names[state];
}

/* A device that keeps settings puts them on trial, and says later whether they are in force. */
static enum plan_state judge_settings(const struct plan_kept *kept, const struct plan_tuning *tuning)
{
	if (tuning->version == kept->version)
		return PLAN_SAME;
	return tuning->failed == kept->version ? PLAN_BACK : PLAN_WAITS;
}

enum plan_state plan_judge(const struct plan_item *item, const struct plan_kept *kept, const struct plan_tuning *tuning)
{
	if (!kept)
		return item->goes ? PLAN_SAME : PLAN_MISSING;
	if (memcmp(item->sha256, kept->sha256, sizeof(item->sha256)) != 0)
		return PLAN_OTHER;
	if (kept->sent == PLAN_FAILED)
		return PLAN_REFUSED;
	if (kept->sent == PLAN_PENDING)
		return PLAN_WAITS;
	return strcmp(item->kind, TUNING_KIND) == 0 ? judge_settings(kept, tuning) : PLAN_SAME;
}

bool plan_sends(enum plan_state state)
{
	return state != PLAN_SAME && state != PLAN_WAITS;
}

static int by_place(const void *a, const void *b)
{
	const struct plan_device *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return memcmp(x->id, y->id, sizeof(x->id));
}

/* How many devices a wave and those before it have; a share is rounded up, so that it is never nobody. */
static unsigned reach(const struct desired_wave *w, unsigned count)
{
	uint64_t n = w->percent ? ((uint64_t)count * w->number + 99) / 100 : w->number;

	return n < count ? (unsigned)n : count;
}

void plan_waves(const struct desired *d, struct plan_device *devices, unsigned count)
{
	const struct hash_key key = {hash_name(d->group), 0};
	unsigned wave = 0;

	for (unsigned i = 0; i < count; i++)
		devices[i].place = hash_bytes(&key, devices[i].id, sizeof(devices[i].id));
	qsort(devices, count, sizeof(devices[0]), by_place);
	for (unsigned i = 0; i < count; i++) {
		while (wave + 1 < d->wave_count && i >= reach(&d->waves[wave], count))
			wave++;
		devices[i].wave = (uint8_t)wave;
	}
}

enum plan_gate plan_gate(const struct plan_wave *w)
{
	if (w->failed > 0)
		return PLAN_STOP;
	if (w->waits > 0)
		return PLAN_HOLD;
	return w->same == 0 && w->away > 0 ? PLAN_NOBODY : PLAN_GO;
}
