/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an event of each change of an account that caltropd's lookout tells of, and says how severe it is. */
#include "agent/common/lookout_sample.h"
#include "agent/sensors/sensors.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 12u

struct state {
	uint64_t changes, damaged;
	char id[NUMBER_MAX], uid[NUMBER_MAX];
};

static struct str number(char out[NUMBER_MAX], uint32_t value)
{
	return (struct str){out, (size_t)snprintf(out, NUMBER_MAX, "%u", value)};
}

/* Groups whose members can become root, as distributions have them. */
static bool is_admin(struct str group)
{
	static const char *const groups[] = {"root", "sudo", "wheel",  "admin",		"adm",	     "docker",
					     "lxd",  "disk", "shadow", LOOKOUT_SUDOERS, LOOKOUT_DOAS};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (str_equal(group, str_from(groups[i])))
			return true;
	return false;
}

static uint8_t severity_of(const struct account_event *e)
{
	bool gains = e->action != ACCOUNT_REMOVED && e->action != ACCOUNT_LOCKED && e->action != ACCOUNT_LEFT;

	if (!gains)
		return e->update || e->maintenance ? SEV_INFO : SEV_LOW;
	/* No package makes a second root, or an account without a password, and no maintenance either. */
	if ((e->root && e->action <= ACCOUNT_UID) || e->action == ACCOUNT_EMPTIED)
		return SEV_HIGH;
	if (e->update || e->maintenance)
		return SEV_INFO;
	return e->admin && e->action == ACCOUNT_JOINED ? SEV_HIGH : SEV_MEDIUM;
}

static bool is_sound(const struct lookout_account *h)
{
	return h->version == LOOKOUT_SAMPLE_VERSION && h->sensor == LOOKOUT_ACCOUNT && h->action < ACCOUNT_ACTIONS &&
	       h->name_len > 0 && h->name_len <= sizeof(h->name) && h->group_len <= sizeof(h->group) &&
	       h->shell_len <= sizeof(h->shell);
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct lookout_account h;
	struct event event;
	struct account_event *e = &event.account;

	(void)now;
	memset(&event, 0, sizeof(event));
	if (bytes.len >= sizeof(h))
		memcpy(&h, bytes.data, sizeof(h));
	if (bytes.len < sizeof(h) || !is_sound(&h)) {
		s->damaged++;
		return;
	}
	event.kind = EVENT_ACCOUNT;
	event.count = 1;
	e->action = h.action;
	e->name = (struct str){h.name, h.name_len};
	e->group = (struct str){h.group, h.group_len};
	e->shell = (struct str){h.shell, h.shell_len};
	e->id = number(s->id, h.id);
	e->root = h.id == 0;
	e->admin = is_admin(e->group);
	e->update = h.flags & LOOKOUT_UPDATE;
	e->maintenance = h.flags & LOOKOUT_MAINTENANCE;
	e->pid = h.pid;
	e->image = str_sub(bytes, sizeof(h), SIZE_MAX);
	if (h.flags & LOOKOUT_IDS)
		e->user = h.uid == 0 ? STR("root") : number(s->uid, h.uid);
	event.severity = severity_of(e);
	event.quiet = e->maintenance && event.severity < SEV_HIGH;
	s->changes++;
	sink->emit(sink->context, &event);
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"account_changes", s->changes};
	out[1] = (struct sensors_counter){"account_damaged", s->damaged};
	return 2;
}

static const char *off(const struct settings *settings)
{
	return settings->file_watch ? NULL : "accounts are not watched: set enabled = yes in [files] of caltrop.conf";
}

const struct sensors_row account_sensor_row = {
	.name = "account",
	.section = "accounts",
	.source = SENSORS_SOURCE_ACCOUNT,
	.kinds = 1u << EVENT_ACCOUNT,
	.size = sizeof(struct state),
	.decode = decode,
	.off = off,
	.counters = counters,
};
