/* SPDX-License-Identifier: Apache-2.0 */
/* Counts in the registry, so that nothing has to be remembered of devices. */
#include "server-stub/ingest/hush.h"

#include "agent/base/buf.h"
#include "agent/base/now.h"
#include "server-stub/ingest/notice.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store_crowd.h"

#include <string.h>

void hush_add(struct hush_found *f, const uint8_t device[STORE_ID], int64_t last_seen_us)
{
	if (f->count < HUSH_NAMES)
		memcpy(f->devices[f->count], device, STORE_ID);
	f->count++;
	if (last_seen_us > f->latest_us)
		f->latest_us = last_seen_us;
}

static struct notice notice_of(const struct store_crowd_hush *h, int64_t wall_us)
{
	struct notice n = {.rule = NOTICE_HUSH, .episode = h->since_us, .since_us = h->since_us, .wall_us = wall_us};

	memcpy(n.device, h->device, STORE_ID);
	return n;
}

static enum err end(struct store_crowd_hush *h, struct store *s, const struct registry_census *census, int64_t wall_us)
{
	struct notice n = notice_of(h, wall_us);
	struct buf text = buf_over(n.text, sizeof(n.text) - 1);
	enum err err;

	n.is_over = true;
	buf_printf(&text, "%lld of %lld are back", (long long)(h->most - census->absent), (long long)h->most);
	err = notice_post(s, &n);
	memset(h, 0, sizeof(*h));
	return err == ERR_OK ? store_crowd_hush_put(s, h) : err;
}

/* An incident whose devices are still away takes up those that follow them, whenever they do, and so ends with all. */
static void begin_or_grow(struct store_crowd_hush *h, const struct hush_found *f)
{
	if (h->since_us == 0) {
		memcpy(h->device, f->devices[0], STORE_ID);
		h->since_us = f->latest_us - HUSH_WINDOW_US;
	}
	if (f->latest_us > h->until_us)
		h->until_us = f->latest_us;
}

static enum err tell(const struct store_crowd_hush *h, struct store *s, const struct hush_found *f, int64_t wall_us)
{
	struct notice n = notice_of(h, wall_us);
	struct buf text = buf_over(n.text, sizeof(n.text) - 1);

	buf_printf(&text, "%lld devices are silent that were last seen within %lld s, among them", (long long)h->most,
		   (long long)((h->until_us - h->since_us) / SECOND_US));
	for (unsigned i = 0; i < f->count && i < HUSH_NAMES; i++) {
		buf_text(&text, i ? ", " : " ");
		buf_hex(&text, f->devices[i], STORE_ID);
	}
	return notice_post(s, &n);
}

static bool is_many(const struct registry_census *c)
{
	return c->absent >= HUSH_LEAST && c->absent * HUSH_PART >= c->absent + c->connected;
}

/* What is open ends when most are back. */
static enum err look_after(struct store_crowd_hush *h, struct store *s, int64_t wall_us)
{
	struct registry_census census;
	enum err err = registry_device_census(s, &(struct registry_absence){h->since_us, h->until_us}, &census);

	return err == ERR_OK && census.absent * 2 < h->most ? end(h, s, &census, wall_us) : err;
}

enum err hush_judge(struct store *s, const struct hush_found *f, int64_t wall_us)
{
	struct registry_census census;
	struct store_crowd_hush h;
	enum err err = store_crowd_hush_get(s, &h);

	if (err == ERR_OK && h.since_us != 0)
		err = look_after(&h, s, wall_us);
	if (err != ERR_OK || f->count == 0)
		return err;
	err = registry_device_census(s, &(struct registry_absence){f->latest_us - HUSH_WINDOW_US, f->latest_us},
				     &census);
	if (err != ERR_OK || !is_many(&census))
		return err;
	begin_or_grow(&h, f);
	err = registry_device_census(s, &(struct registry_absence){h.since_us, h.until_us}, &census);
	if (err != ERR_OK)
		return err;
	h.most = census.absent;
	err = store_crowd_hush_put(s, &h);
	return err == ERR_OK ? tell(&h, s, f, wall_us) : err;
}
