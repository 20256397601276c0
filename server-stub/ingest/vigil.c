/* SPDX-License-Identifier: Apache-2.0 */
/* The watch over devices' identities and presence. It keeps nothing that the registry does not have. */
#include "server-stub/ingest/vigil.h"

#include "agent/base/buf.h"
#include "agent/base/now.h"

#include <stdio.h>
#include <string.h>

#define RETURNS_MAX 2 /* a run that came back more often is not one whose hello was read late */
#define DAY_US (24 * HOUR_US)

static bool is_twin(const struct registry_device *d, const uint8_t run[REGISTRY_RUN])
{
	unsigned times = 0;

	for (unsigned i = 1; i < REGISTRY_RUNS_MAX; i++)
		times += memcmp(d->runs[i], run, REGISTRY_RUN) == 0;
	return times >= RETURNS_MAX;
}

enum err vigil_hello(struct vigil *v, struct registry_device *d, const struct vigil_hello *hello, bool *changed)
{
	static const uint8_t none[REGISTRY_RUN];
	struct notice notice = {.rule = NOTICE_TWINS,
				.episode = hello->wall_us / DAY_US,
				.since_us = hello->wall_us,
				.wall_us = hello->wall_us};
	struct buf text = buf_over(notice.text, sizeof(notice.text) - 1);
	bool twin;

	*changed = false;
	if (memcmp(hello->run, none, sizeof(none)) == 0 || memcmp(hello->run, d->runs[0], REGISTRY_RUN) == 0)
		return ERR_OK;
	twin = is_twin(d, hello->run);
	memmove(d->runs[1], d->runs[0], sizeof(d->runs) - REGISTRY_RUN);
	memcpy(d->runs[0], hello->run, REGISTRY_RUN);
	*changed = true;
	if (!twin)
		return ERR_OK;
	memcpy(notice.device, d->id, STORE_ID);
	buf_text(&text, "run ");
	buf_hex(&text, hello->run, REGISTRY_RUN);
	buf_printf(&text, " is back, from %.48s, after run ", hello->address);
	buf_hex(&text, d->runs[1], REGISTRY_RUN);
	return notice_post(v->store, &notice);
}

/* An episode of silence has the number of the moment at which the device was last seen. */
static struct notice silence_of(const uint8_t device[STORE_ID], int64_t last_seen_us)
{
	struct notice n = {.rule = NOTICE_SILENT, .episode = last_seen_us, .since_us = last_seen_us};

	memcpy(n.device, device, STORE_ID);
	return n;
}

static bool was_silent(const struct vigil *v, int64_t seen_us, int64_t now_us)
{
	return seen_us != 0 && now_us - seen_us > v->silent_us;
}

enum err vigil_presence(struct vigil *v, const struct registry_presence *p, int64_t seen_us)
{
	struct registry_pass pass;
	struct notice over;
	bool open = true;
	enum err err;

	if (!p->connected || v->silent_us == 0 || (seen_us != 0 && !was_silent(v, seen_us, p->last_seen_us)))
		return ERR_OK;
	err = registry_device_pass(v->store, p->device, &pass);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	if (!was_silent(v, pass.last_seen_us, p->last_seen_us))
		return ERR_OK;
	over = silence_of(p->device, pass.last_seen_us);
	over.is_over = true;
	over.wall_us = p->last_seen_us;
	snprintf(over.text, sizeof(over.text), "it is back, from %.48s", p->address);
	/* The views come a little later than the log: what was told in this run need not be there yet. */
	if (pass.last_seen_us > v->swept_us)
		err = notice_is_open(v->store, &over, &open);
	return err == ERR_OK && open ? notice_post(v->store, &over) : err;
}

struct sweep {
	struct vigil *vigil;
	int64_t wall_us;
	enum err err;
	struct hush_found found;
};

static bool on_silent(void *arg, const struct registry_device *d)
{
	struct sweep *s = arg;
	struct notice n = silence_of(d->id, d->last_seen_us);
	bool known;

	n.wall_us = s->wall_us;
	snprintf(n.text, sizeof(n.text), "not connected for %lld s; its last address was %.48s",
		 (long long)((s->wall_us - d->last_seen_us) / SECOND_US), d->address);
	s->err = notice_is_known(s->vigil->store, &n, &known);
	if (s->err != ERR_OK || known)
		return s->err == ERR_OK;
	hush_add(&s->found, d->id, d->last_seen_us);
	s->err = notice_post(s->vigil->store, &n);
	return s->err == ERR_OK;
}

enum err vigil_sweep(struct vigil *v, int64_t wall_us)
{
	struct sweep sweep = {v, wall_us, ERR_OK, {0}};
	int64_t until_us = wall_us - v->silent_us;
	enum err err;

	if (v->silent_us == 0 || until_us < v->begun_us || until_us <= v->swept_us)
		return ERR_OK;
	err = registry_device_absent(v->store, &(struct registry_absence){v->swept_us, until_us}, on_silent, &sweep);
	if (err == ERR_OK)
		err = sweep.err;
	if (err == ERR_OK)
		err = hush_judge(v->store, &sweep.found, wall_us);
	if (err == ERR_OK)
		v->swept_us = until_us;
	return err;
}
