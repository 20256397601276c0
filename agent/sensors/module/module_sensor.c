/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an event of each module of the kernel that comes or goes. */
#include "agent/sensors/path.h"
#include "agent/sensors/sensors.h"
#include "agent/sensors/uevent_text.h"

#include <string.h>

struct state {
	uint64_t modules;
};

static bool has(struct str taint, char flag)
{
	return str_find_byte(taint, flag) != SIZE_MAX;
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct uevent_text t;
	struct event event;
	struct module_event *e = &event.module;

	(void)now;
	if (!uevent_text_read(bytes, &t) || !str_equal(t.subsystem, STR("module")))
		return;
	memset(&event, 0, sizeof(event));
	event.kind = EVENT_MODULE;
	event.count = 1;
	e->action = t.add ? MODULE_LOAD : MODULE_UNLOAD;
	e->name = path_base(t.path);
	e->taint = uevent_text_value(&t, STR("SYS_TAINT"));
	e->foreign = has(e->taint, 'O');
	e->unsigned_ = has(e->taint, 'E');
	e->forced = has(e->taint, 'F');
	event.severity = e->forced ? SEV_HIGH : e->foreign || e->unsigned_ ? SEV_MEDIUM : SEV_LOW;
	s->modules++;
	sink->emit(sink->context, &event);
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"module_changes", s->modules};
	return 1;
}

static const char *off(const struct settings *settings)
{
	return settings->devices
		       ? NULL
		       : "modules of the kernel are not watched: set enabled = yes in [devices] of caltrop.conf";
}

const struct sensors_row module_sensor_row = {
	.name = "module",
	.section = "devices",
	.source = SENSORS_SOURCE_UEVENT,
	.kinds = 1u << EVENT_MODULE,
	.size = sizeof(struct state),
	.decode = decode,
	.off = off,
	.counters = counters,
};
