/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock's system calls and structures (linux/landlock.h). They are repeated here, because older headers lack them.
 */
#include "agent/base/landlock.h"

#include "ports/linux/seccomp/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15,
};

enum { NET_BIND_TCP = 1, NET_CONNECT_TCP = 2, SCOPE_ABSTRACT_SOCKET = 1, SCOPE_SIGNAL = 2 };
enum { CREATE_VERSION = 1, RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };

struct ruleset_attr {
	uint64_t files, ports, scoped;
};

struct path_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

struct port_attr {
	uint64_t allowed, port;
};

/* The size of the attributes that this version of the kernel's interface has. */
static size_t attr_size(int version)
{
	if (version >= 6)
		return sizeof(struct ruleset_attr);
	return version >= 4 ? offsetof(struct ruleset_attr, scoped) : offsetof(struct ruleset_attr, ports);
}

enum err landlock_begin(struct landlock *l)
{
	struct ruleset_attr attr = {.files = FS_MAKE_SYM * 2 - 1};
	long version = syscall(LANDLOCK_CREATE, NULL, 0, CREATE_VERSION);

	*l = (struct landlock){.fd = -1};
	if (version < 1)
		return errno == ENOSYS || errno == EOPNOTSUPP ? ERR_UNSUPPORTED : err_from_errno(errno);
	l->version = (int)version;
	attr.files |= version >= 2 ? FS_REFER : 0;
	attr.files |= version >= 3 ? FS_TRUNCATE : 0;
	attr.files |= version >= 5 ? FS_IOCTL_DEV : 0;
	attr.ports = version >= 4 ? NET_BIND_TCP | NET_CONNECT_TCP : 0;
	attr.scoped = version >= 6 ? SCOPE_ABSTRACT_SOCKET | SCOPE_SIGNAL : 0;
	l->fd = (int)syscall(LANDLOCK_CREATE, &attr, attr_size(l->version), 0);
	l->files = attr.files;
	l->ports = attr.ports;
	return l->fd < 0 ? err_from_errno(errno) : ERR_OK;
}

enum err landlock_allow(struct landlock *l, int fd, int change)
{
	uint64_t read = FS_READ_FILE | FS_READ_DIR;
	uint64_t write = FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG | FS_TRUNCATE;
	struct path_attr attr = {.allowed = (change ? read | write : read) & l->files, .parent_fd = fd};
	struct stat status;

	/* The kernel refuses what only directories have. */
	if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
		attr.allowed &= FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE;
	return syscall(LANDLOCK_ADD_RULE, l->fd, RULE_PATH_BENEATH, &attr, 0) == 0 ? ERR_OK : err_from_errno(errno);
}

enum err landlock_allow_path(struct landlock *l, const char *path, int change)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	enum err err = fd < 0 ? ERR_OK : landlock_allow(l, fd, change);

	if (fd >= 0)
		close(fd);
	return err;
}

static enum err allow_tcp(struct landlock *l, uint64_t how, uint16_t port)
{
	struct port_attr attr = {.allowed = how, .port = port};

	if (l->ports == 0)
		return ERR_OK;
	return syscall(LANDLOCK_ADD_RULE, l->fd, RULE_NET_PORT, &attr, 0) == 0 ? ERR_OK : err_from_errno(errno);
}

enum err landlock_allow_port(struct landlock *l, uint16_t port)
{
	return allow_tcp(l, NET_CONNECT_TCP, port);
}

enum err landlock_allow_listen(struct landlock *l, uint16_t port)
{
	return allow_tcp(l, NET_BIND_TCP, port);
}

enum err landlock_enforce(struct landlock *l)
{
	enum err err = syscall(LANDLOCK_RESTRICT, l->fd, 0) == 0 ? ERR_OK : err_from_errno(errno);

	close(l->fd);
	l->fd = -1;
	return err;
}
