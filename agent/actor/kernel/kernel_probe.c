/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that are made and closed, and files that are looked for. A call that a kernel lacks is ENOSYS. */
#include "agent/actor/kernel/kernel_probe.h"

#include "agent/base/landlock.h"

#include <linux/netlink.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NO_COMMAND 0xffff /* no kernel has that number */

/* FAN_REPORT_DIR_FID and FAN_REPORT_NAME of linux/fanotify.h, which older C libraries do not have. */
#define REPORT_NAMES (0x00000400 | 0x00000800)

/* By what became of a call that makes a descriptor. One that the caller may not make is there. */
static enum kernel_state made(int fd)
{
	if (fd >= 0) {
		close(fd);
		return KERNEL_THERE;
	}
	switch (errno) {
	case ENOSYS:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT: return KERNEL_MISSING;
	case EPERM: return KERNEL_THERE;
	default: return KERNEL_UNKNOWN;
	}
}

bool kernel_probe_tracks(void)
{
	return access("/proc/sys/net/netfilter/nf_conntrack_count", F_OK) == 0;
}

enum kernel_state kernel_probe_inet(void)
{
	return made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

enum kernel_state kernel_probe_unix(void)
{
	return made(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
}

/* Mounted it may be not, and built in all the same. */
enum kernel_state kernel_probe_proc(void)
{
	return access("/proc/self/stat", F_OK) == 0 ? KERNEL_THERE : KERNEL_UNKNOWN;
}

enum kernel_state kernel_probe_epoll(void)
{
	return made(epoll_create1(EPOLL_CLOEXEC));
}

enum kernel_state kernel_probe_eventfd(void)
{
	return made(eventfd(0, EFD_CLOEXEC));
}

enum kernel_state kernel_probe_signalfd(void)
{
	sigset_t none;

	sigemptyset(&none);
	return made(signalfd(-1, &none, SFD_CLOEXEC));
}

enum kernel_state kernel_probe_timerfd(void)
{
	return made(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
}

enum kernel_state kernel_probe_inotify(void)
{
	return made(inotify_init1(IN_CLOEXEC));
}

enum kernel_state kernel_probe_memfd(void)
{
	return made(memfd_create("caltrop probe", MFD_CLOEXEC));
}

/* A filter at no address: a kernel with filters wants to read it, another one does not know the mode. */
enum kernel_state kernel_probe_seccomp(void)
{
	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL);
	switch (errno) {
	case EFAULT:
	case EACCES: return KERNEL_THERE;
	case EINVAL: return KERNEL_MISSING;
	default: return KERNEL_UNKNOWN;
	}
}

enum kernel_state kernel_probe_landlock(void)
{
	struct landlock l;
	enum err err = landlock_begin(&l);

	if (l.fd >= 0)
		close(l.fd);
	return err == ERR_OK ? KERNEL_THERE : err == ERR_UNSUPPORTED ? KERNEL_MISSING : KERNEL_UNKNOWN;
}

enum kernel_state kernel_probe_bpf(void)
{
	(void)syscall(SYS_bpf, NO_COMMAND, NULL, 0);
	return errno == ENOSYS ? KERNEL_MISSING : KERNEL_THERE;
}

enum kernel_state kernel_probe_btf(void)
{
	if (access("/sys/kernel/btf/vmlinux", F_OK) == 0)
		return KERNEL_THERE;
	return access("/sys/kernel", F_OK) == 0 ? KERNEL_MISSING : KERNEL_UNKNOWN;
}

enum kernel_state kernel_probe_fanotify(void)
{
	return made(fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY));
}

enum kernel_state kernel_probe_fanotify_names(void)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | REPORT_NAMES, O_RDONLY);

	if (fd < 0 && errno == EPERM)
		return KERNEL_UNKNOWN;
	return fd < 0 && errno == EINVAL ? KERNEL_MISSING : made(fd);
}

enum kernel_state kernel_probe_pidfd(void)
{
	return made((int)syscall(SYS_pidfd_open, getpid(), 0));
}

enum kernel_state kernel_probe_audit(void)
{
	return made(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT));
}

enum kernel_state kernel_probe_connector(void)
{
	return made(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR));
}
