/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at paths and sockets, and reads none of them. What is found is written out by settings_text(), so the core and
 * `caltropd --check-config` see the same. */
#include "agent/common/settings_sources.h"

#include "agent/base/netlink_socket.h"

#include <linux/audit.h>
#include <linux/netlink.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FORWARDED \
	"/run/systemd/journal/syslog" /* to which journald sends lines when it has a reader, journald.conf(5) */

static bool is_there(const char *root, const char *path, mode_t type)
{
	char whole[SETTINGS_PATH_MAX * 2];
	struct stat st;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return stat(whole, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

/* Whether no program reads the socket: there is none, or nobody answers behind the name. */
static bool is_unread(const char *root, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, refused;

	if (!is_there(root, path, S_IFSOCK))
		return true;
	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s%s", root, path) >= (int)sizeof(address.sun_path))
		return false;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	refused = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return refused;
}

static bool find_journal(struct settings *s, const char *root)
{
	if (!IS_ENABLED(CONFIG_SOURCE_JOURNAL) || !is_there(root, "/run/systemd/journal/socket", S_IFSOCK) ||
	    !(is_there(root, "/var/log/journal", S_IFDIR) || is_there(root, "/run/log/journal", S_IFDIR)))
		return false;
	s->journal = true;
	return true;
}

static bool find_file(struct settings *s, const char *root)
{
	static const char *const files[] = {"/var/log/auth.log", "/var/log/secure", "/var/log/messages"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!is_there(root, files[i], S_IFREG))
			continue;
		snprintf(s->files[0], sizeof(s->files[0]), "%s", files[i]);
		s->file_count = 1;
		return true;
	}
	return false;
}

/* Whether records can be had: the kernel has them, and the caller may join the group. */
static bool has_audit(void)
{
	struct netlink n;

	if (!IS_ENABLED(CONFIG_SOURCE_AUDIT) || netlink_open(&n, NETLINK_AUDIT) != ERR_OK)
		return false;
	bool joined = netlink_join(n.fd, AUDIT_NLGRP_READLOG) == ERR_OK;

	close(n.fd);
	return joined;
}

void settings_sources_find(struct settings *s, const char *root)
{
	bool journal = find_journal(s, root), file = find_file(s, root);

	if (journal && !file)
		s->file_count = 0;
	/* A syslog daemon that writes a file reads that socket, or will when it starts. */
	if (journal && !file && IS_ENABLED(CONFIG_SOURCE_SYSLOG) && is_unread(root, FORWARDED))
		snprintf(s->syslog_socket, sizeof(s->syslog_socket), "%s", FORWARDED);
	s->audit = root[0] == '\0' && geteuid() == 0 && has_audit();
}
