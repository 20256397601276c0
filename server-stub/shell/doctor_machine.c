/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor's checks of the machine: room, clock, limits, ports and what the sandbox needs of the kernel. */
#include "agent/base/clock.h"
#include "agent/base/landlock.h"
#include "agent/base/now.h"
#include "server-stub/shell/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ROOM_FAIL (UINT64_C(32) << 20)
#define ROOM_WARN (UINT64_C(512) << 20)
#define CLOCK_EARLIEST_S INT64_C(1704067200) /* 2024-01-01: before this program */
#define CLOCK_BEHIND_S 60
#define FILES_BESIDE 128 /* descriptors that are no connection of a device */

void doctor_disk(struct doctor *d)
{
	struct statvfs fs;

	if (statvfs(d->dir, &fs) != 0) {
		doctor_say(d, DOCTOR_FAIL, "%s: %s", d->dir, strerror(errno));
		return;
	}
	uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize;

	if (fs.f_flag & ST_RDONLY)
		doctor_say(d, DOCTOR_FAIL, "%s is on a file system that is mounted read-only", d->dir);
	else if (room < ROOM_FAIL)
		doctor_say(d, DOCTOR_FAIL, "%" PRIu64 " MiB are left at %s: make room, or lower [retention]",
			   room >> 20, d->dir);
	else
		doctor_say(d, room < ROOM_WARN ? DOCTOR_WARN : DOCTOR_OK, "%" PRIu64 " MiB are left at %s", room >> 20,
			   d->dir);
}

void doctor_clock(struct doctor *d)
{
	struct store *s = doctor_store_open(d);
	int64_t latest_us = 0, wall_s = clock_wall_s();

	if (s && store_latest(s, &latest_us) != ERR_OK)
		latest_us = 0;
	store_close(s);
	if (wall_s < CLOCK_EARLIEST_S)
		doctor_say(d, DOCTOR_FAIL, "the clock was never set: devices refuse what is signed or issued by it");
	else if (latest_us / SECOND_US > wall_s + CLOCK_BEHIND_S)
		doctor_say(d, DOCTOR_FAIL, "the clock is %lld s behind what the store wrote last: set it",
			   (long long)(latest_us / SECOND_US - wall_s));
	else
		doctor_say(d, DOCTOR_OK, "the clock is not behind the store");
}

void doctor_files(struct doctor *d)
{
	struct rlimit limit = {0, 0};
	rlim_t wanted = (rlim_t)d->conf.connections_max + FILES_BESIDE;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max < wanted)
		doctor_say(
			d, DOCTOR_WARN,
			"%llu files may be open here, for %u connections %llu are needed: LimitNOFILE= of the unit, or "
			"[gateway] connections",
			(unsigned long long)limit.rlim_max, d->conf.connections_max, (unsigned long long)wanted);
	else
		doctor_say(d, DOCTOR_OK, "enough files may be open for %u connections", d->conf.connections_max);
}

/* Whether somebody answers there, or whether the service could listen there; `errno` tells why not. */
static bool try_port(const struct addrinfo *at, bool answers)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	bool good;

	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	good = answers ? connect(fd, at->ai_addr, at->ai_addrlen) == 0
		       : bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, 1) == 0;
	int error = errno;

	close(fd);
	errno = error;
	return good;
}

static void port(struct doctor *d, const char *what, const char *listens)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				       .ai_socktype = SOCK_STREAM};
	struct fleet_conf_address address;
	struct addrinfo *at = NULL;
	char number[16];

	if (fleet_conf_address(listens, &address) != ERR_OK)
		return;
	snprintf(number, sizeof(number), "%u", address.port);
	if (getaddrinfo(address.host, number, &hints, &at) != 0) {
		doctor_say(d, DOCTOR_FAIL, "%s is no address to listen on for %s", listens, what);
		return;
	}
	if (try_port(at, d->running))
		doctor_say(d, DOCTOR_OK, d->running ? "the service answers %s on %s" : "%s can be served on %s", what,
			   listens);
	else if (d->running)
		doctor_say(d, DOCTOR_FAIL, "the service does not answer %s on %s (%s): see its log", what, listens,
			   strerror(errno));
	else
		doctor_say(d, DOCTOR_FAIL, "%s cannot be served on %s: %s%s", what, listens, strerror(errno),
			   errno == EADDRINUSE ? "; end the program that has it (ss -ltnp), or change server.conf"
					       : "");
	freeaddrinfo(at);
}

void doctor_ports(struct doctor *d)
{
	port(d, "devices", d->conf.gateway_listen);
	port(d, "operators", d->conf.api_listen);
}

void doctor_sandbox(struct doctor *d)
{
	struct landlock l;
	bool has_landlock = landlock_begin(&l) == ERR_OK, has_filters = prctl(PR_GET_SECCOMP) >= 0;

	if (has_landlock)
		close(l.fd);
	if (!has_landlock)
		doctor_say(d, DOCTOR_WARN,
			   "this kernel has no Landlock: the service runs with less of a fence (Linux 5.13, "
			   "lsm=landlock)");
	if (!has_filters)
		doctor_say(d, DOCTOR_WARN, "this kernel has no seccomp: the service runs without filters of calls");
	if (has_landlock && has_filters)
		doctor_say(d, DOCTOR_OK, "the kernel has Landlock and seccomp");
}
