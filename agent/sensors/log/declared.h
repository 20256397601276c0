/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a log is read, by what the settings declare of it: the form of its lines ([file PATH]), its access format and the
 * proxies ([access]). The guard, `caltrop replay` and `caltrop parse` all begin their streams here, so that what one
 * reads of a log the others do.
 */
#pragma once

#include "agent/common/settings.h"
#include "agent/sensors/log/stream.h"

#define DECLARED_NONE SETTINGS_FILES_MAX /* the row of a log that the settings do not name */

struct declared {
	const struct settings *settings;
	struct access_format formats[IS_ENABLED(CONFIG_ACCESS_LOGS) ? SETTINGS_ACCESS_MAX : 1]; /* in their order */
};

/* Take settings that settings_check() has passed, which must outlive *d. *d must stay where it is. */
void declared_init(struct declared *d, const struct settings *settings);

/* The row of [auth] files that has the path, else the first pattern that it fits. DECLARED_NONE: there is none. */
unsigned declared_row(const struct settings *settings, struct str path);

/* Whether two rows are read alike; DECLARED_NONE is one, of which nothing is declared. */
bool declared_same(const struct settings *settings, unsigned row, unsigned other);

/* Begin a log of that row, or of DECLARED_NONE: clear *out and say how it is read. *d must outlive it. */
void declared_begin(const struct declared *d, unsigned row, struct stream *out);

/* Why a stream is not read, as a sentence goes on that its name began (" is not read: ..."). NULL: it is read. */
const char *declared_unread(const struct stream *s);
