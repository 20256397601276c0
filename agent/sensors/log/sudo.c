/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes sudo's lines about commands run as another user and about refused tries. Never sets src. */
#include "agent/sensors/log/sudo.h"

static void set_target(struct str s, struct auth_event *a)
{
	static const struct str key = STR(" ; USER=");
	size_t at = str_find(s, key);

	if (at == SIZE_MAX || str_find_back(s, key) != at)
		return;
	s = str_sub(s, at + key.len, SIZE_MAX);
	size_t end = str_find(s, STR(" ; "));

	a->target = end == SIZE_MAX ? s : str_sub(s, 0, end);
}

/* "3 incorrect password attempts" */
static bool incorrect(struct str s, struct auth_event *a)
{
	uint64_t count = 0;

	if (str_number(str_cut(&s, ' '), 1000, &count) != ERR_OK || !str_starts(s, STR("incorrect password attempt")))
		return false;
	a->outcome = AUTH_FAILURE;
	a->reason = REASON_BAD_CREDENTIAL;
	a->method = METHOD_PASSWORD;
	if (!a->repeats && count > 1)
		a->repeats = (uint32_t)count;
	return true;
}

static bool refused(struct str s, struct auth_event *a)
{
	static const struct {
		struct str text;
		uint8_t outcome;
	} texts[] = {
		{STR("user NOT in sudoers"), AUTH_FAILURE}, {STR("user NOT authorized on host"), AUTH_FAILURE},
		{STR("command not allowed"), AUTH_FAILURE}, {STR("account validation failure"), AUTH_FAILURE},
		{STR("a password is required"), AUTH_INFO}, {STR("no tty present"), AUTH_INFO},
		{STR("a terminal is required"), AUTH_INFO}, {STR("sorry, you must have a tty"), AUTH_INFO},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (str_starts(s, texts[i].text)) {
			a->outcome = texts[i].outcome;
			a->reason = REASON_NOT_ALLOWED;
			return true;
		}
	return false;
}

bool sudo_decode(const struct sensor_line *line, struct event *out)
{
	struct str s = line->message;
	struct auth_event *a = &out->auth;

	while (s.len && s.data[0] == ' ') /* sudo pads the name on the left, to eight characters */
		s = str_sub(s, 1, SIZE_MAX);
	size_t colon = str_find(s, STR(" : "));

	if (colon == SIZE_MAX || colon == 0 || colon > 256)
		return false;
	a->service = SERVICE_SUDO;
	a->user = str_sub(s, 0, colon);
	s = str_sub(s, colon + 3, SIZE_MAX);
	set_target(s, a);
	if (str_starts(s, STR("TTY=")) || str_starts(s, STR("PWD=")) || str_starts(s, STR("HOST="))) {
		a->outcome = AUTH_SUCCESS;
		return str_find(s, STR(" ; COMMAND=")) != SIZE_MAX;
	}
	return incorrect(s, a) || refused(s, a);
}
