/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sensors of this build, and the way from a program name to its row: a switch on the length and one comparison
 * or two, because this is asked for every line of a log. A unit test holds the switch against the rows.
 */
#include "agent/sensors/table.h"

#include "agent/sensors/pam.h"
#include "agent/sensors/sshd.h"

static const char *const sshd_programs[] = {"sshd", "sshd-session", "sshd-auth", NULL};

/* The order of the rows; each keeps its place in ids[] also where it is left out of the build. */
const struct sensor sensor_table[] = {
	IF_ENABLED(CONFIG_SENSOR_SSHD, ({"sshd", sshd_programs, SENSOR_SYSLOG, sshd_decode},))
	IF_ENABLED(CONFIG_SENSOR_PAM, ({"pam", NULL, SENSOR_SYSLOG, pam_decode},))
	{NULL, NULL, 0, NULL},
};

/* 0, or the row's place plus one. */
enum place {
	PLACE_NONE,
	IF_ENABLED(CONFIG_SENSOR_SSHD, (PLACE_SSHD,))
	IF_ENABLED(CONFIG_SENSOR_PAM, (PLACE_PAM,))
	PLACE_END,
};

#define PLACE(symbol, place) (0 IF_ENABLED(symbol, (+ place)))
#define IS(literal) (memcmp(name.data, literal, sizeof(literal) - 1) == 0)

static unsigned place_of(struct str name)
{
	switch (name.len) {
	case 4:
		return IS("sshd") ? PLACE(CONFIG_SENSOR_SSHD, PLACE_SSHD) : 0;
	case 9:
		return IS("sshd-auth") ? PLACE(CONFIG_SENSOR_SSHD, PLACE_SSHD) : 0;
	case 12:
		return IS("sshd-session") ? PLACE(CONFIG_SENSOR_SSHD, PLACE_SSHD) : 0;
	default:
		return 0;
	}
}

const struct sensor *table_find(const struct sensor_line *line)
{
	unsigned place = PLACE(CONFIG_SENSOR_PAM, PLACE_PAM);

	if (place == 0 || !pam_begins(line->message))
		place = place_of(line->program);
	return place ? &sensor_table[place - 1] : NULL;
}
