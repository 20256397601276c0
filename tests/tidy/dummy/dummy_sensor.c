/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest sensor of binary input there can be: two bytes of a port and the name of who listens there, of a source
 * of its own. tests/tidy/dummy.sh puts it into a copy of the tree and counts what that took.
 */
#include "agent/sensors/sensors.h"

struct dummy {
	uint64_t damaged;
	uint16_t port; /* of the last one; 0: none yet */
	uint8_t name_len;
	char name[32];
};

static void fill(const struct dummy *d, struct event *out)
{
	*out = (struct event){.kind = EVENT_LISTENER, .severity = SEV_INFO, .count = 1};
	out->listener.action = LISTENER_OPENED;
	out->listener.port = d->port;
	out->listener.name = (struct str){d->name, d->name_len};
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct dummy *d = state;
	struct event e;

	(void)now;
	if (bytes.len < 3 || bytes.len - 2 > sizeof(d->name)) {
		d->damaged++;
		return;
	}
	d->port = (uint16_t)((uint8_t)bytes.data[0] << 8 | (uint8_t)bytes.data[1]);
	d->name_len = (uint8_t)(bytes.len - 2);
	for (size_t i = 0; i < d->name_len; i++)
		d->name[i] = bytes.data[2 + i];
	fill(d, &e);
	sink->emit(sink->context, &e);
}

static const char *off(const struct settings *settings)
{
	(void)settings;
	return NULL;
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct dummy *d = state;

	out[0] = (struct sensors_counter){"dummy_damaged", d->damaged};
	return 1;
}

static bool row(const void *state, uint32_t row, struct event *out)
{
	const struct dummy *d = state;

	if (row > 0 || d->port == 0)
		return false;
	fill(d, out);
	return true;
}

const struct sensors_row dummy_sensor_row = {
	.name = "dummy",
	.section = "dummy",
	.source = SENSORS_SOURCE_DUMMY,
	.kinds = 1u << EVENT_LISTENER,
	.size = sizeof(struct dummy),
	.decode = decode,
	.off = off,
	.counters = counters,
	.tables = {{"dummies", row}},
};
