/* SPDX-License-Identifier: Apache-2.0 */
/* A netlink message with a connector's message with an event in it. */
#include "agent/source/process_connector.h"

#include "agent/base/netlink.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>

#include <string.h>

bool process_connector_read(const void *datagram, size_t len, struct process_sample *out)
{
	struct netlink_message m;
	struct cn_msg connector;
	struct proc_event e;

	memset(out, 0, sizeof(*out));
	memset(&e, 0, sizeof(e));
	if (!netlink_whole(view_over(datagram, len), &m) ||
	    !netlink_take_header(&m.body, &connector, sizeof(connector)))
		return false;
	if (connector.id.idx != CN_IDX_PROC || connector.id.val != CN_VAL_PROC || connector.len < sizeof(e.what))
		return false;
	/* The events grew over the kernels: what an older one does not say is 0. */
	if (connector.len > m.body.len)
		return false;
	memcpy(&e, m.body.data, connector.len < sizeof(e) ? connector.len : sizeof(e));
	out->version = PROCESS_SAMPLE_VERSION;
	switch ((unsigned)e.what) {
	case PROC_EVENT_FORK:
		out->kind = PROCESS_SAMPLE_FORK;
		out->pid = (uint32_t)e.event_data.fork.child_tgid;
		out->ppid = (uint32_t)e.event_data.fork.parent_tgid;
		return e.event_data.fork.child_pid == e.event_data.fork.child_tgid;
	case PROC_EVENT_EXEC:
		out->kind = PROCESS_SAMPLE_EXEC;
		out->pid = (uint32_t)e.event_data.exec.process_tgid;
		return true;
	case PROC_EVENT_EXIT:
		out->kind = PROCESS_SAMPLE_EXIT;
		out->pid = (uint32_t)e.event_data.exit.process_tgid;
		out->status = e.event_data.exit.exit_code;
		return e.event_data.exit.process_pid == e.event_data.exit.process_tgid;
	default: return false;
	}
}
