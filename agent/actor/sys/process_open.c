/* SPDX-License-Identifier: Apache-2.0 */
/* Starts caltrop-bpf, or subscribes to the proc connector, and lists what runs. Reads none of their events. */
#include "agent/actor/sys/process_open.h"

#include "agent/actor/sys/audit_rules.h"
#include "agent/actor/sys/loader.h"
#include "agent/actor/sys/sockets.h"
#include "agent/base/netlink_socket.h"
#include "agent/base/say.h"
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
#define AUDIT_BYTES (4 << 20)

static struct loader made;

static struct {
	bool there, own;
	char lacks[AUDIT_RULES_WHY_MAX]; /* what the records do not tell of */
} audit;

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
		str_show(STR(LOADER_NOT_BUILT), made.why, sizeof(made.why));
	return made.there ? made.fds[0] : none(0);
}

int process_open_counts(const struct settings *settings)
{
	(void)settings;
	return made.there ? made.fds[1] : none(0);
}

/* Why a source is not there, behind why a better one is not. */
static void note(const char *why)
{
	size_t len = strlen(made.why);

	snprintf(made.why + len, sizeof(made.why) - len, "%s%s", len ? "; " : "", why);
}

static bool audit_asked(const struct settings *settings)
{
	return IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT) && !made.there &&
	       (settings->process_source == WATCH_AUTO || settings->process_source == WATCH_AUDIT);
}

/* Add the rule if it is asked for, else remove one that an earlier run left; and look. */
static bool audit_tells(const struct settings *settings, bool asked)
{
	bool add = asked && settings->process_audit_rule, own, tells;
	enum err err = add ? audit_rules_add() : ERR_OK;

	audit.own = add && err == ERR_OK;
	if (err != ERR_OK)
		say(SAY_WARNING, "the audit rule cannot be added: %s", err_text(err));
	tells = audit_rules_look(audit.lacks, &own);
	if (!own || audit.own)
		return tells;
	audit_rules_remove();
	return audit_rules_look(audit.lacks, &own);
}

int process_open_audit(const struct settings *settings)
{
	bool asked = audit_asked(settings), tells;
	int fd;

	if (!IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT))
		return none(0);
	tells = audit_tells(settings, asked);
	if (!asked)
		return none(0);
	if (!tells && settings->process_source != WATCH_AUDIT) {
		note(audit.lacks);
		return none(0);
	}
	fd = sockets_audit(settings);
	audit.there = fd >= 0;
	if (fd >= 0)
		netlink_queue(fd, AUDIT_BYTES);
	else
		note("audit records cannot be read");
	return fd;
}

void process_open_end(void)
{
	if (IS_ENABLED(CONFIG_SENSOR_PROCESS_AUDIT) && audit.own)
		audit_rules_remove();
	audit.own = false;
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

	if (made.there ||
	    !(audit.there || settings->process_source == WATCH_AUTO || settings->process_source == WATCH_CONNECTOR))
		return none(0);
	if (netlink_open(&s, NETLINK_CONNECTOR) == ERR_OK) {
		netlink_queue(s.fd, CONNECTOR_BYTES);
		if (netlink_join(s.fd, CN_IDX_PROC) == ERR_OK && subscribe(s.fd))
			return s.fd;
		netlink_close(&s);
	}
	if (!audit.there && !made.why[0])
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
	if (audit.there)
		snprintf(head.lacks, sizeof(head.lacks), "%s", audit.lacks);
	if (list < 0 || write(list, &head, sizeof(head)) != (ssize_t)sizeof(head) || !proc)
		return list;
	while ((entry = readdir(proc)) != NULL)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			list_one(list, dirfd(proc), (uint32_t)strtoul(entry->d_name, NULL, 10));
	closedir(proc);
	return list;
}
