/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the core's sockets while there still is the privilege to; reads none of them. */
#include "agent/actor/sys/sockets.h"

#include "agent/base/netlink_socket.h"

#include <linux/audit.h>
#include <linux/netlink.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16
#define SYSLOG_BYTES (1 << 20) /* a full queue blocks every program that logs */
#define AUDIT_BYTES (1 << 20)
#define UEVENT_BYTES (256 << 10)
#define UEVENT_GROUP 1 /* the kernel's; 2 is udev's, in which programs send (lib/kobject_uevent.c, libudev) */

static int close_with(int fd, int number)
{
	close(fd);
	errno = number;
	return -1;
}

/*
 * Waits until the core of an earlier run has ended: it does as soon as it sees that its actor was killed, and its
 * listening socket with it, whose clients then hear of that. What still listens afterwards is somebody else's.
 */
static void await_former(const char *path, int patience_ms)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct pollfd other = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};

	memcpy(address.sun_path, path, strlen(path));
	if (other.fd < 0)
		return;
	if (connect(other.fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		(void)poll(&other, 1, patience_ms);
	close(other.fd);
}

/* A socket that nobody listens to is left over from an earlier run. */
static int bind_over(int type, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	static const int on = 1;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof(address.sun_path))
		return close_with(fd, ENAMETOOLONG);
	memcpy(address.sun_path, path, strlen(path));
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode) || connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
		    errno != ECONNREFUSED)
			return close_with(fd, EADDRINUSE);
		(void)unlink(path);
	}
	/*
	 * Before it has a name, so that every datagram comes with its sender's credentials; and after the look at the
	 * old one, because with this option connect(2) binds the socket to a name of the kernel's choice, unix(7).
	 */
	if (type == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0)
		return close_with(fd, errno);
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : close_with(fd, errno);
}

int sockets_local(const char *run_dir, gid_t gid, int patience_ms)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	mode_t before;
	int fd;

	if (snprintf(path, sizeof(path), "%s/caltrop.sock", run_dir) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	await_former(path, patience_ms);
	before = umask(0177);
	fd = bind_over(SOCK_STREAM, path);
	umask(before);
	if (fd >= 0 && (chown(path, 0, gid) != 0 || chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0))
		return close_with(fd, errno);
	return fd;
}

int sockets_syslog(const struct settings *settings)
{
	const char *path = settings->syslog_socket;
	static const int bytes = SYSLOG_BYTES;
	mode_t before = umask(0111);
	int fd = bind_over(SOCK_DGRAM, path);

	umask(before);
	if (fd >= 0 && chmod(path, 0666) != 0)
		return close_with(fd, errno);
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	return fd;
}

/* A netlink socket that the kernel sends what it tells this group, whose queue has `bytes` bytes. */
static int join(int protocol, int group, int bytes)
{
	struct netlink s;

	if (netlink_open(&s, protocol) != ERR_OK)
		return -1;
	if (netlink_join(s.fd, group) != ERR_OK)
		return close_with(s.fd, errno);
	netlink_queue(s.fd, bytes);
	return s.fd;
}

int sockets_audit(const struct settings *settings)
{
	(void)settings;
	return join(NETLINK_AUDIT, AUDIT_NLGRP_READLOG, AUDIT_BYTES);
}

int sockets_uevent(const struct settings *settings)
{
	(void)settings;
	return join(NETLINK_KOBJECT_UEVENT, UEVENT_GROUP, UEVENT_BYTES);
}
