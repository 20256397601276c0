/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decodes the records of the kernel's audit stream about authentication: "type=USER_AUTH msg=audit(1700000000.123:45):
 * pid=7 uid=0 auid=... ses=... msg='op=PAM:authentication acct="root" exe="/usr/sbin/sshd" hostname=A addr=A
 * terminal=ssh res=failed'". auditd's file has this form. The shell gives the records that it reads from netlink the
 * same form: it puts "type=NAME msg=" before them. The decoder also reads "node=H type=...", which audispd,
 * audisp-syslog and the kernel (type=1100) send to syslog, and journald's "audit[7]: USER_AUTH pid=7 ...". Format:
 * libaudit's audit_log_acct_message(3), linux/audit.h.
 *
 * libaudit writes acct in quotes if it has only harmless bytes, and in hexadecimal otherwise, so that no name can
 * imitate another field. A decoded name is in memory of this file and is valid until the next line is decoded.
 *
 *	USER_AUTH	PAM's verdict: success or failure, TRACE_AUDIT
 *	USER_LOGIN	the program's own verdict, a second record of the same attempt: TRACE_ERROR
 *	USER_ACCT, USER_CHAUTHTOK, USER_ERR	information
 */
#pragma once

#include "agent/sensors/log/sensor.h"

#include <stdbool.h>

/* Decode a line, as `decode` of struct sensor says. */
bool audit_decode(const struct sensor_line *line, struct event *out);
