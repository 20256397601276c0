/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of recorded events, of any bytes: each is refused with a reason, or is an event whose fields can be read. */
#include "agent/base/require.h"
#include "agent/event/kinds.h"
#include "agent/event/recorded.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct recorded recorded;
	static char shown[16 * RECORDED_LINE_MAX];
	char why[RECORDED_WHY_MAX] = "";
	struct buf b = buf_over(shown, sizeof(shown));
	enum err err = recorded_read(&recorded, (struct str){(const char *)data, size}, why);

	if (err != ERR_OK) {
		require(why[0] && strlen(why) < RECORDED_WHY_MAX);
		return 0;
	}
	struct json j = json_over(&b);

	require(recorded.event.kind < EVENT_KINDS && recorded.event.count > 0);
	json_begin_object(&j);
	fields_json(&j, &recorded.event);
	json_member(&j, "line", recorded.event.line);
	json_member(&j, "time", recorded.time);
	json_end_object(&j);
	fields_show(&b, &recorded.event);
	return 0;
}
