/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of what is opened for sources; how is in the file of each. */
#include "agent/actor/sys/opened.h"

#include "agent/actor/lookout/lookout.h"
#include "agent/actor/sys/exposure_open.h"
#include "agent/actor/sys/journal_dir.h"
#include "agent/actor/sys/pack_open.h"
#include "agent/actor/sys/packet_open.h"
#include "agent/actor/sys/process_open.h"
#include "agent/actor/sys/socket_open.h"
#include "agent/actor/sys/sockets.h"
#include "agent/base/say.h"
#include "agent/common/core_fds.h"

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Inline, since a build without the source has no use for it. */
static inline bool syslog_wanted(const struct settings *s)
{
	return s->syslog_socket[0] != '\0';
}

static inline bool audit_wanted(const struct settings *s)
{
	return s->audit;
}

static inline bool journal_wanted(const struct settings *s)
{
	return s->journal;
}

static inline bool process_wanted(const struct settings *s)
{
	return s->process;
}

static inline bool process_without_rule(const struct settings *s)
{
	return s->process && !s->process_audit_rule;
}

/* The capability is for the end, when the rule is removed. */
static inline bool process_with_rule(const struct settings *s)
{
	return s->process && s->process_audit_rule;
}

static inline bool network_wanted(const struct settings *s)
{
	return s->network;
}

static inline bool firewall_wanted(const struct settings *s)
{
	return s->firewall;
}

static inline bool pack_wanted(const struct settings *s)
{
	return s->pack;
}

static inline bool lookout_wanted(const struct settings *s)
{
	return s->file_watch || s->sessions;
}

static inline bool devices_wanted(const struct settings *s)
{
	return s->devices;
}

static inline bool exposure_wanted(const struct settings *s)
{
	return s->exposure;
}

static bool files_wanted(const struct settings *s)
{
	return s->file_count > 0;
}

static int open_mounts(const struct settings *s)
{
	(void)s;
	return open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
}

/* clang-format off */
static const struct opened_row rows[] = {
	{"the list of mounts", CORE_FD_MOUNTS, 0, files_wanted, open_mounts, NULL, true},
	IF_ENABLED(CONFIG_SOURCE_SYSLOG,
		({"the syslog socket", CORE_FD_SYSLOG, 0, syslog_wanted, sockets_syslog, NULL, false},))
	IF_ENABLED(CONFIG_SOURCE_AUDIT,
		({"audit records", CORE_FD_AUDIT, UINT64_C(1) << CAP_AUDIT_READ,
		  audit_wanted, sockets_audit, NULL, false},))
	IF_ENABLED(CONFIG_SOURCE_JOURNAL,
		({"the journal", CORE_FD_JOURNAL, 0, journal_wanted, journal_dir_open, journal_dir_group, false},
		 {"the journal's watch", CORE_FD_JOURNAL_WATCH, 0, journal_wanted, journal_dir_watch, NULL, false},))
	IF_ENABLED(CONFIG_SOURCE_PROCESS,
		({"the ring of processes", CORE_FD_PROCESS_RING, 0, process_wanted, process_open_ring, NULL, false},
		 {"the counts of processes", CORE_FD_PROCESS_COUNTS, 0,
		  process_wanted, process_open_counts, NULL, false},
		 {"audit records of programs", CORE_FD_PROCESS_AUDIT, 0,
		  process_without_rule, process_open_audit, NULL, false},
		 {"audit records of programs", CORE_FD_PROCESS_AUDIT, UINT64_C(1) << CAP_AUDIT_CONTROL,
		  process_with_rule, process_open_audit, NULL, false},
		 {"the proc connector", CORE_FD_PROCESS_CONNECTOR, 0,
		  process_wanted, process_open_connector, NULL, false},
		 {"the list of processes", CORE_FD_PROCESS_LIST, UINT64_C(1) << CAP_SYS_PTRACE, process_wanted,
		  process_open_list, NULL, true},))
	IF_ENABLED(CONFIG_SOURCE_SOCKET,
		({"sock_diag", CORE_FD_SOCKET_DIAG, 0, network_wanted, socket_open_diag, NULL, false},
		 {"ends of sockets", CORE_FD_SOCKET_CLOSES, 0, network_wanted, socket_open_closes, NULL, false},
		 {"connection tracking", CORE_FD_SOCKET_CONNTRACK, 0,
		  network_wanted, socket_open_conntrack, NULL, false},
		 {"the ring of sockets", CORE_FD_SOCKET_RING, 0, network_wanted, socket_open_ring, NULL, false},
		 {"the counts of sockets", CORE_FD_SOCKET_COUNTS, 0, network_wanted, socket_open_counts, NULL, false},
		 {"the list of listeners", CORE_FD_SOCKET_LIST, UINT64_C(1) << CAP_SYS_PTRACE, network_wanted,
		  socket_open_list, NULL, true},))
	IF_ENABLED(CONFIG_SOURCE_PACKET,
		({"the log of packets", CORE_FD_PACKET_LOG, 0, firewall_wanted, packet_open_log, NULL, false},
		 {"decoys", CORE_FD_PACKET_GIVEN, 0, firewall_wanted, packet_open_given, NULL, true},))
	IF_ENABLED(CONFIG_RULES_SIGMA,
		({"the pack of rules", CORE_FD_PACK, 0, pack_wanted, pack_open, NULL, true},))
	IF_ENABLED(CONFIG_LOOKOUT,
		({"the lookout", CORE_FD_LOOKOUT, UINT64_C(1) << CAP_SYS_PTRACE, lookout_wanted, lookout_open, NULL,
		  true},))
	IF_ENABLED(CONFIG_SOURCE_UEVENT,
		({"events of devices", CORE_FD_UEVENT, 0, devices_wanted, sockets_uevent, NULL, false},))
	IF_ENABLED(CONFIG_SOURCE_EXPOSURE,
		({"the audit", CORE_FD_EXPOSURE, 0, exposure_wanted, exposure_open, NULL, true},
		 {"the audit's watch", CORE_FD_EXPOSURE_WATCH, 0, exposure_wanted, exposure_open_watch, NULL, false},))
	{NULL, 0, 0, NULL, NULL, NULL, false},
};
/* clang-format on */

static void open_row(const struct opened_row *row, const struct settings *settings, int fds[])
{
	fds[row->fd] = row->open(settings);
	if (fds[row->fd] < 0 && errno != 0)
		say(SAY_WARNING, "%s: %s", row->name, strerror(errno));
}

void opened_all(const struct settings *settings, int fds[])
{
	for (const struct opened_row *row = rows; row->name; row++)
		if (row->wanted(settings))
			open_row(row, settings, fds);
}

void opened_anew(const struct settings *settings, int fds[])
{
	for (const struct opened_row *row = rows; row->name; row++) {
		if (!row->anew || !row->wanted(settings))
			continue;
		if (fds[row->fd] >= 0)
			close(fds[row->fd]);
		open_row(row, settings, fds);
	}
}

void opened_end(void)
{
	IF_ENABLED(CONFIG_SOURCE_PROCESS, (process_open_end();))
}

uint64_t opened_capabilities(const struct settings *settings)
{
	uint64_t set = 0;

	for (const struct opened_row *row = rows; row->name; row++)
		if (row->wanted(settings))
			set |= row->capabilities;
	return set;
}

unsigned opened_groups(const int fds[], gid_t groups[OPENED_GROUPS_MAX])
{
	unsigned count = 0;

	for (const struct opened_row *row = rows; row->name; row++) {
		gid_t group = row->group && fds[row->fd] >= 0 ? row->group(fds[row->fd]) : 0;

		if (group != 0 && count < OPENED_GROUPS_MAX)
			groups[count++] = group;
	}
	return count;
}
