/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the kernel's texts apart. Never looks at a second key of one name, so that nothing added behind can pass for
 * it. */
#include "agent/sensors/uevent_text.h"

bool uevent_text_read(struct str bytes, struct uevent_text *out)
{
	struct str head;

	if (str_find_byte(bytes, '\0') == SIZE_MAX)
		return false;
	head = str_cut(&bytes, '\0');
	out->add = str_take(&head, STR("add@"));
	if (!out->add && !str_take(&head, STR("remove@")))
		return false;
	out->path = head;
	out->values = bytes;
	out->subsystem = uevent_text_value(out, STR("SUBSYSTEM"));
	/* Told again because root asked for it, as udev does at boot: nothing came. */
	return !str_empty(head) && !str_empty(out->subsystem) && str_empty(uevent_text_value(out, STR("SYNTH_UUID")));
}

struct str uevent_text_value(const struct uevent_text *e, struct str key)
{
	struct str rest = e->values;

	while (!str_empty(rest)) {
		struct str value = str_cut(&rest, '\0');

		if (str_take(&value, key) && str_take(&value, STR("=")))
			return value;
	}
	return STR_NONE;
}
