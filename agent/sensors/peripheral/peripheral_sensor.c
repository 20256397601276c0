/* SPDX-License-Identifier: Apache-2.0 */
/* Makes an event of each interface of a USB device that comes, and of each device that goes. */
#include "agent/base/buf.h"
#include "agent/sensors/path.h"
#include "agent/sensors/sensors.h"
#include "agent/sensors/uevent_text.h"

#include <string.h>

#define NUMBER_MAX 4u /* digits of a vendor or product */

struct state {
	uint64_t attached;
	char name[256], vendor[NUMBER_MAX], product[NUMBER_MAX];
};

/* The kernel leaves zeros in front out: "46d" is 046d. */
static struct str padded(struct str hex, char out[NUMBER_MAX])
{
	if (str_empty(hex) || hex.len > NUMBER_MAX)
		return STR_NONE;
	memset(out, '0', NUMBER_MAX);
	memcpy(out + NUMBER_MAX - hex.len, hex.data, hex.len);
	return (struct str){out, NUMBER_MAX};
}

/* INTERFACE=class/subclass/protocol, and the lists of usb.org. */
static uint8_t class_of(struct str interface)
{
	static const struct {
		const char *number;
		uint8_t class;
	} classes[] = {{"1", PERIPHERAL_AUDIO},	   {"2", PERIPHERAL_NETWORK},	 {"3", PERIPHERAL_HID},
		       {"7", PERIPHERAL_PRINTER},  {"8", PERIPHERAL_STORAGE},	 {"9", PERIPHERAL_HUB},
		       {"10", PERIPHERAL_NETWORK}, {"11", PERIPHERAL_SMARTCARD}, {"14", PERIPHERAL_VIDEO},
		       {"224", PERIPHERAL_NETWORK}};
	struct str number = str_cut(&interface, '/');

	if (str_empty(number))
		return PERIPHERAL_CLASS_NONE;
	if (str_equal(number, STR("3")) && str_equal(interface, STR("1/1")))
		return PERIPHERAL_KEYBOARD;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (str_equal(number, str_from(classes[i].number)))
			return classes[i].class;
	return PERIPHERAL_OTHER;
}

static uint8_t severity_of(const struct peripheral_event *e)
{
	if (e->action == PERIPHERAL_DETACH)
		return SEV_INFO;
	if (e->class == PERIPHERAL_KEYBOARD || e->class == PERIPHERAL_NETWORK)
		return SEV_MEDIUM;
	return e->class == PERIPHERAL_HID || e->class == PERIPHERAL_STORAGE ? SEV_LOW : SEV_INFO;
}

/* "1-1.2" of an interface .../1-1.2/1-1.2:1.0 as of the device .../1-1.2 */
static struct str port_of(struct str path)
{
	struct str name = path_base(path);

	return str_cut(&name, ':');
}

static struct str name_of(struct state *s, const struct uevent_text *t)
{
	struct buf b = buf_over(s->name, sizeof(s->name));
	struct str maker = uevent_text_value(t, STR("SYS_MANUFACTURER"));

	buf_put(&b, maker);
	if (maker.len)
		buf_char(&b, ' ');
	buf_put(&b, uevent_text_value(t, STR("SYS_PRODUCT")));
	return buf_str(&b);
}

static void decode(void *state, struct str bytes, struct now now, const struct sensors_sink *sink)
{
	struct state *s = state;
	struct uevent_text t;
	struct event event;
	struct peripheral_event *e = &event.peripheral;
	struct str numbers;

	(void)now;
	if (!uevent_text_read(bytes, &t) || !str_equal(t.subsystem, STR("usb")) ||
	    !str_equal(uevent_text_value(&t, STR("DEVTYPE")), t.add ? STR("usb_interface") : STR("usb_device")))
		return;
	memset(&event, 0, sizeof(event));
	event.kind = EVENT_PERIPHERAL;
	event.count = 1;
	numbers = uevent_text_value(&t, STR("PRODUCT"));
	e->action = t.add ? PERIPHERAL_ATTACH : PERIPHERAL_DETACH;
	e->class = class_of(uevent_text_value(&t, STR("INTERFACE")));
	e->vendor = padded(str_cut(&numbers, '/'), s->vendor);
	e->product = padded(str_cut(&numbers, '/'), s->product);
	e->name = name_of(s, &t);
	e->serial = uevent_text_value(&t, STR("SYS_SERIAL"));
	e->port = port_of(t.path);
	event.severity = severity_of(e);
	s->attached += t.add;
	sink->emit(sink->context, &event);
}

static unsigned counters(const void *state, struct sensors_counter out[SENSORS_COUNTERS_MAX])
{
	const struct state *s = state;

	out[0] = (struct sensors_counter){"peripheral_interfaces", s->attached};
	return 1;
}

static const char *off(const struct settings *settings)
{
	return settings->devices ? NULL
				 : "what is plugged in is not watched: set enabled = yes in [devices] of caltrop.conf";
}

const struct sensors_row peripheral_sensor_row = {
	.name = "peripheral",
	.section = "devices",
	.source = SENSORS_SOURCE_UEVENT,
	.kinds = 1u << EVENT_PERIPHERAL,
	.size = sizeof(struct state),
	.decode = decode,
	.off = off,
	.counters = counters,
};
