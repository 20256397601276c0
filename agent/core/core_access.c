/* SPDX-License-Identifier: Apache-2.0 */
/* Access logs: gives each file's stream its declared format, and says which files cannot be read, and why. */
#include "agent/core/core_parts.h"

#include "agent/base/require.h"

#include <stdio.h>

void core_access_begin(struct core *c, unsigned slot)
{
	const struct settings *s = c->settings;
	const struct settings_access *declared =
		slot < SETTINGS_FILES_MAX ? settings_access_find(s, s->files[c->rows[slot]]) : NULL;
	struct access_log *log = &c->streams[slot].access;

	log->proxies = s->proxies;
	log->proxy_count = s->proxy_count;
	log->format = declared ? &c->formats[declared - s->access] : NULL;
}

void core_access_init(struct core *c)
{
	const struct settings *s = c->settings;
	char why[ACCESS_WHY_MAX];

	/* The settings were refused if one could not be read. */
	for (unsigned i = 0; i < s->access_count; i++)
		require(access_format_read(str_from(s->access[i].format), &c->formats[i], why) == ERR_OK);
	for (unsigned slot = 0; slot <= SETTINGS_FILES_MAX; slot++)
		core_access_begin(c, slot);
}

void core_access_watch(struct core *c, const struct stream *s, uint8_t before)
{
	if (s->trouble == before)
		return;
	c->health.changed = true;
	if (s->trouble)
		core_log(c, SEV_MEDIUM, "a log is not read; health says which one and why");
}

unsigned core_access_problem(const struct core *c, unsigned from, char *text, size_t size)
{
	for (unsigned i = from; i <= SETTINGS_FILES_MAX; i++) {
		const char *name = i < SETTINGS_FILES_MAX ? c->settings->files[c->rows[i]] : "syslog_socket";

		switch ((enum stream_trouble)c->streams[i].trouble) {
		case STREAM_READABLE: continue;
		case STREAM_CONTRADICTED:
			snprintf(text, size, "%s is not read: its lines do not have the format that [access] declares",
				 name);
			break;
		case STREAM_DOUBTFUL:
			snprintf(text, size,
				 "%s: its access log is not read, a client may choose the address in it; "
				 "declare its format in [access]",
				 name);
			break;
		case STREAM_NAMELESS:
			snprintf(text, size,
				 "%s is not read: its lines do not say who wrote them, nor did the first show it; "
				 "declare it in [file]",
				 name);
			break;
		}
		return i + 1;
	}
	return 0;
}
