/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds where this machine's log lines are, for settings that name no source: systemd's journal where journald runs,
 * with its forwarding socket as the faster way where nobody else reads that; the log file of a syslog daemon
 * (/var/log/auth.log of Debian, /var/log/secure of Red Hat, else /var/log/messages of BusyBox); and the kernel's audit
 * records where they can be had. Where nothing is found, the settings keep /var/log/auth.log, which is waited for.
 */
#pragma once

#include "agent/common/settings.h"

/* Set files, journal, syslog_socket and audit by what there is below `root` ("": the machine's own file tree). */
void settings_sources_find(struct settings *s, const char *root);
