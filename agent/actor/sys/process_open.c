/* SPDX-License-Identifier: Apache-2.0 */
/* Starts caltrop-bpf, or subscribes to the proc connector, and lists what runs. Reads none of their events. */
#include "agent/actor/sys/process_open.h"

#include "agent/actor/sys/loader.h"
#include "agent/base/netlink_socket.h"
#include "agent/base/str.h"
#include "agent/common/proc_read.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTOR_BYTES (4 << 20)

static struct loader made;

static int none(int number)
{
	errno = number;
	return -1;
}

int process_open_ring(const struct settings *settings)
{
	if (settings->process_source != WATCH_AUTO && settings->process_source != WATCH_BPF)
		return none(0);
	if (IS_ENABLED(CONFIG_SENSOR_PROCESS_BPF))
		loader_run(&made, "process");
	else
		str_show(STR("this build has no BPF"), made.why, sizeof(made.why));
	return made.there ? made.fds[0] : none(0);
}

int process_open_counts(const struct settings *settings)
{
	(void)settings;
	return made.there ? made.fds[1] : none(0);
}

/* The subscription of linux/cn_proc.h: a netlink message with a message of the connector in it. */
static bool subscribe(int fd)
{
	static const uint32_t op = PROC_CN_MCAST_LISTEN;
	struct cn_msg connector = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(op)};
	uint8_t m[NLMSG_SPACE(sizeof(connector) + sizeof(op))] = {0};
	struct nlmsghdr netlink = {.nlmsg_len = NLMSG_LENGTH(sizeof(connector) + sizeof(op)), .nlmsg_type = NLMSG_DONE};

	memcpy(m, &netlink, sizeof(netlink));
	memcpy(m + NLMSG_HDRLEN, &connector, sizeof(connector));
	memcpy(m + NLMSG_HDRLEN + sizeof(connector), &op, sizeof(op));
	return send(fd, m, netlink.nlmsg_len, 0) == (ssize_t)netlink.nlmsg_len;
}

int process_open_connector(const struct settings *settings)
{
	struct netlink s;

	if (made.there || (settings->process_source != WATCH_AUTO && settings->process_source != WATCH_CONNECTOR))
		return none(0);
	if (netlink_open(&s, NETLINK_CONNECTOR) == ERR_OK) {
		netlink_queue(s.fd, CONNECTOR_BYTES);
		if (netlink_join(s.fd, CN_IDX_PROC) == ERR_OK && subscribe(s.fd))
			return s.fd;
		netlink_close(&s);
	}
	if (!made.why[0])
		snprintf(made.why, sizeof(made.why), "no proc connector: %s", strerror(errno));
	return -1;
}

static void list_one(int list, int proc, uint32_t pid)
{
	static union proc_sample sample;
	size_t len = proc_read(proc, pid, PROCESS_SAMPLE_RUNS, &sample);

	if (len && write(list, &sample, len) != (ssize_t)len)
		return; /* no memory: the list ends here */
}

int process_open_list(const struct settings *settings)
{
	int list = memfd_create("processes", MFD_CLOEXEC);
	DIR *proc = opendir("/proc");
	struct process_list head;
	struct dirent *entry;

	(void)settings;
	memset(&head, 0, sizeof(head));
	memcpy(head.why, made.why, sizeof(head.why));
	if (list < 0 || write(list, &head, sizeof(head)) != (ssize_t)sizeof(head) || !proc)
		return list;
	while ((entry = readdir(proc)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			list_one(list, dirfd(proc), (uint32_t)strtoul(entry->d_name, NULL, 10));
	closedir(proc);
	return list;
}
