/* SPDX-License-Identifier: Apache-2.0 */
/* Reads facts about the system, by uname(2) and from /proc. */
#include "agent/shell/about.h"

#include "agent/shell/feed.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* clang-format off */
static const char *const features[] = {
	IF_ENABLED(CONFIG_ACTION_BAN, ("ban", "unban",))
	IF_ENABLED(CONFIG_ACTION_RESET, ("reset",))
	IF_ENABLED(CONFIG_ACTION_LOGOUT, ("logout",))
	IF_ENABLED(CONFIG_ACTION_KILL, ("kill",))
	IF_ENABLED(CONFIG_SOURCE_SYSLOG, ("source-syslog",))
	IF_ENABLED(CONFIG_SOURCE_AUDIT, ("source-audit",))
	"source-file",
	NULL,
};
/* clang-format on */

static int digit(char c)
{
	const char *found = c ? strchr("0123456789abcdef", c) : NULL;

	return found ? (int)(found - "0123456789abcdef") : -1;
}

/* Read /proc/sys/kernel/random/boot_id (random(4)), a UUID as text. Without that file the identifier is zero. */
static void read_boot_id(uint8_t out[16])
{
	char text[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	unsigned half = 0;

	if (fd >= 0)
		close(fd);
	for (ssize_t i = 0; i < n && half < 32; i++) {
		int value = digit(text[i]);

		if (value < 0)
			continue;
		out[half / 2] = (uint8_t)(out[half / 2] << 4 | value);
		half++;
	}
}

const struct uplink_about *about_read(void)
{
	static struct uplink_about about;
	static struct utsname names;
	struct now now = feed_now();

	uname(&names);
	about.version = "caltrop " CALTROP_VERSION;
	about.hostname = names.nodename;
	about.kernel = names.release;
	about.arch = names.machine;
	about.features = features;
	about.boot_wall_us = now.wall_us - now.mono_us;
	read_boot_id(about.boot_id);
	return &about;
}
