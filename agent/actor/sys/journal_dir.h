/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of systemd's journal: the setting, else this machine's below /var/log/journal or /run/log/journal. */
#pragma once

#include "agent/common/settings.h"

#include <sys/types.h>

/* A descriptor of the directory, or an inotify(7) instance that watches it for new and changed files; -1 with errno. */
int journal_dir_open(const struct settings *settings);
int journal_dir_watch(const struct settings *settings);

/* The group that may read the directory's files, systemd-journal; 0: it is root's. */
gid_t journal_dir_group(int fd);
