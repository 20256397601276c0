/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds and reads the configuration files in the manner of systemd. The first file is caltrop.conf of /etc/caltrop,
 * else of /run/caltrop, else of /usr/lib/caltrop. The drop-ins caltrop.conf.d/NAME.conf of all three directories
 * follow, sorted by NAME; a NAME in an earlier directory hides the same NAME in a later one. When the user names a
 * FILE, only FILE and FILE.d/NAME.conf are read.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/settings.h"

#define SETTINGS_FILES_DROPINS_MAX 64
#define SETTINGS_FILES_MESSAGE_MAX 512

/* Who hears of what is read, as it is read. */
struct settings_files_hearer {
	void (*file)(const char *path);	      /* a file that is read; may be NULL */
	void (*mistake)(const char *message); /* one of each mistake, as below */
};

/*
 * Set the defaults, read all files and call settings_check(). `file` is the user's FILE; NULL: read the standard
 * places, where no file needs to exist. Any error: `message` is one line, "FILE:LINE: SENTENCE". It allocates and frees
 * memory.
 */
ERR_CHECK enum err settings_files_read(struct settings *s, const char *file, char message[SETTINGS_FILES_MESSAGE_MAX]);

/* The same, but every mistake of all files is told. Returns the first error. */
ERR_CHECK enum err settings_files_read_all(struct settings *s, const char *file,
					   const struct settings_files_hearer *hearer);
