/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of the kernel's audit stream about authentication: "type=USER_AUTH msg=audit(1700000000.123:45): pid=7
 * uid=0 auid=... ses=... msg='op=PAM:authentication acct="root" exe="/usr/sbin/sshd" hostname=A addr=A terminal=ssh
 * res=failed'". This is the form of auditd's file, and the one textual form for all drivers: what netlink delivers
 * without its head is prefixed with "type=NAME msg=". Also "node=H type=...", what audispd, audisp-syslog and the
 * kernel (type=1100) send to syslog, and journald's "audit[7]: USER_AUTH pid=7 ...". Sources: libaudit's
 * audit_log_acct_message(3), linux/audit.h.
 *
 * acct is quoted by libaudit when it is harmless and in hexadecimal otherwise, so no name can reach into other
 * fields. A decoded name lies in memory of this file and is valid until the next line.
 *
 *	USER_AUTH	the verdict of PAM's authentication: success or failure, TRACE_AUDIT
 *	USER_LOGIN	the program's own verdict, a second record of the same attempt: TRACE_ERROR
 *	USER_ACCT, USER_CHAUTHTOK, USER_ERR	information
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

bool audit_decode(const struct sensor_line *line, struct event *out);
