/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration files, found and read in the manner of systemd: caltrop.conf from /etc/caltrop, else
 * /run/caltrop, else /usr/lib/caltrop, then drop-ins caltrop.conf.d/NAME.conf of all three, sorted by NAME, where a
 * NAME in an earlier of these directories hides the same NAME in a later one. With a file named: that file
 * and FILE.d/NAME.conf.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/settings.h"

#define SETTINGS_FILES_DROPINS_MAX 64
#define SETTINGS_FILES_MESSAGE_MAX 512

/*
 * Defaults, then all files over them, then settings_check. file NULL: the standard places, where nothing has to be. On
 * an error `message` says "FILE:LINE: what" in one line.
 */
ERR_CHECK enum err settings_files_read(struct settings *s, const char *file, char message[SETTINGS_FILES_MESSAGE_MAX]);
