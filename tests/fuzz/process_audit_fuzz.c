/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit datagrams of any bytes, and any rules: each sample that is made of them has its bounds kept and is one that the
 * process sensor reads, and no event stays for ever. A piece is its type, its length of two bytes, its text.
 */
#include "agent/actor/sys/audit_rules.h"
#include "agent/base/require.h"
#include "agent/event/process.h"
#include "agent/sensors/process/process_text.h"
#include "agent/source/process_audit.h"

#include <linux/audit.h>
#include <linux/netlink.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t types[] = {AUDIT_SYSCALL, AUDIT_EXECVE,	  AUDIT_CWD,	       AUDIT_EOE,
				 AUDIT_PATH,	AUDIT_ANOM_ABEND, AUDIT_CONFIG_CHANGE, 1100};

static void check(void *context, struct process_sample *sample, size_t len)
{
	struct process_text text;

	(void)context;
	sample->source = PROCESS_SOURCE_AUDIT;
	require(process_text_read((struct str){(const char *)sample, len}, &text));
	require(text.head.kind == PROCESS_SAMPLE_EXEC || text.head.kind == PROCESS_SAMPLE_EXIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct process_audit audit;
	int64_t now_us = 1;

	memset(&audit, 0xa5, sizeof(audit));
	memset(audit.events, 0, sizeof(audit.events));
	audit.give = check;
	audit.changes = audit.incomplete = 0;
	(void)audit_rules_judge(data, size);
	while (size >= 3) {
		struct nlmsghdr head = {.nlmsg_type = types[data[0] % 8]};
		size_t len = (size_t)data[1] << 8 | data[2];
		uint8_t *own;

		now_us += data[0] < 8 ? 1 : 200000;
		data += 3;
		size -= 3;
		len = len < size ? len : size;
		own = malloc(NLMSG_HDRLEN + len);
		require(own != NULL);
		memcpy(own, &head, sizeof(head));
		memcpy(own + NLMSG_HDRLEN, data, len);
		process_audit_read(&audit, view_over(own, NLMSG_HDRLEN + len), now_us);
		process_audit_tick(&audit, now_us);
		free(own);
		data += len;
		size -= len;
	}
	process_audit_tick(&audit, now_us + PROCESS_AUDIT_WAIT_US);
	require(process_audit_deadline(&audit) == INT64_MAX);
	return 0;
}
