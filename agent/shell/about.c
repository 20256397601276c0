/* SPDX-License-Identifier: Apache-2.0 */
/* Reads facts about the system, by uname(2) and from /proc, and names this run of the guard. */
#include "agent/shell/about.h"

#include "agent/base/key.h"
#include "agent/source/feed.h"
#include "agent/source/sources.h"
#include "proto/verb.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The verbs of this build and its sources, "source-audit", ended by NULL. */
static const char *const *read_features(void)
{
	static const char *features[VERB_MAX + SOURCES_MAX + 1];
	static char names[SOURCES_MAX][32];
	unsigned count = 0;

	for (uint16_t number = VERB_NONE + 1; number < VERB_MAX; number++)
		if (verb_row(number)->built)
			features[count++] = verb_name(number);
	for (unsigned i = 0; i < SOURCES_MAX && sources_table[i]; i++) {
		snprintf(names[i], sizeof(names[i]), "source-%s", sources_table[i]->name);
		features[count++] = names[i];
	}
	features[count] = NULL;
	return features;
}

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
	about.features = read_features();
	about.boot_wall_us = now.wall_us - now.mono_us;
	read_boot_id(about.boot_id);
	if (key_random_kernel.fill(NULL, about.run_id, sizeof(about.run_id)) != 0)
		memset(about.run_id, 0, sizeof(about.run_id));
	return &about;
}
